#include "compiler/cli/rows.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace lrc::cli {

using diagnostics::Code;

void add_format_option(CLI::App& verb, RowFormat& format, const std::string& table_name) {
  const auto choose = [&format](const std::string& name) {
    format = name == "csv" ? RowFormat::csv : name == "json" ? RowFormat::json : RowFormat::table;
  };
  verb.add_option_function<std::string>("--format", choose, table_name + ", csv or json")
      ->check(CLI::IsMember(std::vector<std::string>{table_name, "csv", "json"}));
}

void add_backend_option(CLI::App& verb, std::string& backend) {
  verb.add_option("--backend", backend, "interp or jit")->check(CLI::IsMember({"interp", "jit"}));
}

void Rows::head(const runtime::Identity& identity) {
  if (format_ == RowFormat::csv) text_ = fmt::format("step,{}\n", fmt::join(outputs_, ","));
  if (format_ == RowFormat::table) {
    text_ = fmt::format("{:>12}", "step");
    for (const std::string& output : outputs_) text_ += fmt::format("  {:<{}}", output, width);
    text_ = CLI::detail::rtrim(text_) + "\n";
  }
  if (format_ == RowFormat::json) {
    const nlohmann::json name =
        identity.policy.empty() ? nlohmann::json(nullptr) : nlohmann::json(identity.policy);
    text_ = fmt::format("{{\"policy\":{},\"hash\":\"{}\",\"run_hash\":\"{}\",\"rows\":[",
                        name.dump(), identity.hash, identity.run_hash);
  }
}

void Rows::row(std::int64_t step, std::span<const double> values) {
  if (format_ == RowFormat::json) {
    text_ += fmt::format("{}{{\"step\":{}", first_ ? "" : ",", step);
    for (std::size_t i = 0; i < values.size(); ++i)
      text_ += fmt::format(",\"{}\":{}", outputs_[i], values[i]);
    text_ += '}';
  } else if (format_ == RowFormat::csv) {
    text_ += fmt::format("{},{}\n", step, fmt::join(values, ","));
  } else {
    std::string line = fmt::format("{:>12}", step);
    for (const double value : values) line += fmt::format("  {:<{}}", value, width);
    text_ += CLI::detail::rtrim(line) + "\n";
  }
  first_ = false;
  constexpr std::size_t enough = 1 << 16;
  if (text_.size() > enough) flush();
}

void Rows::foot(const std::string& rest) {
  if (format_ == RowFormat::json) text_ += "]" + rest + "}\n";
  if (format_ == RowFormat::table) text_ += rest;
  flush();
}

void Rows::flush() {
  write(text_);
  text_.clear();
}

std::optional<runtime::CompiledFunction> compiled_for(const std::string& backend,
                                                      const runtime::Program& program,
                                                      Report& report) {
  if (backend != "jit") return runtime::CompiledFunction{nullptr};
  const auto result = compile::jit(program);
  if (result) return *result;
  std::string reason = result.error();
  std::replace(reason.begin(), reason.end(), '\n', ' ');  // it is written for a log of its own
  const Code code = compile::too_large_for_jit(program) ? Code::E0911 : Code::E0004;
  report.add(code, "the JIT cannot be used", std::move(reason));
  return std::nullopt;
}

}  // namespace lrc::cli
