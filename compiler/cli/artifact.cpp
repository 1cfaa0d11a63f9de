#include "compiler/cli/artifact.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include <fmt/format.h>

#include "compiler/cli/lock.h"
#include "compiler/compile/emit.h"
#include "compiler/diagnostics/render.h"
#include "compiler/source/read.h"
#include "compiler/source/replace.h"

namespace lrc::cli {
namespace {

using diagnostics::Code;

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

std::string quoted(const std::string& path) { return "`" + diagnostics::printable(path) + "`"; }

void unreadable(const std::string& path, std::string reason, Report& report) {
  report.add(Code::E0004, fmt::format("{} cannot be read", quoted(path)), std::move(reason));
}

// One byte more than the limit, so that a file beyond it is seen to be so.
std::optional<std::string> bytes_of(const std::string& path, Report& report) {
  const File file(std::fopen(path.c_str(), "rb"));
  std::string bytes;
  std::array<char, 1 << 16> block;
  while (file && bytes.size() <= runtime::maximum_artifact_bytes) {
    const std::size_t size = std::fread(block.data(), 1, block.size(), file.get());
    bytes.append(block.data(), size);
    if (size < block.size()) break;
  }
  if (file && std::ferror(file.get()) == 0) return bytes;
  unreadable(path, std::generic_category().message(errno), report);
  return std::nullopt;
}

class Writing {
 public:
  Writing(const EmitOptions& options, const ReportOptions& report)
      : options_(options), report_(report) {}

  int run(const std::vector<std::string>& arguments) {
    const std::vector<Input> inputs = read_inputs(arguments, report_);
    if (inputs.size() > 1)
      report_.add(Code::E0406, "`-o` takes one policy", "a file is written for each call");
    examine(inputs, report_);
    if (report_.exit() == exit_code::fine) policy(*inputs.at(0).compilation.policy);
    return report_.finish();
  }

 private:
  void policy(const compile::CompiledPolicy& policy) {
    const auto request = this->request();
    if (!request) return;
    const bool open =
        !gives_facts(options_.facts) && request->targets.empty() && !compile::needs(policy).empty();
    if (open) return write_out(compile::artifact(policy, nullptr, *request));
    auto sets = bound_sets(policy, options_, report_);
    if (!sets) return;
    compile::Binding binding = compile::bind(policy, options_.facts, {}, std::move(*sets));
    for (const auto& source : binding.sources) report_.keep(source);
    report_.add(std::move(binding.issues));
    if (binding.bound) write_out(compile::artifact(policy, &*binding.bound, *request));
  }

  std::optional<compile::ArtifactRequest> request() {
    compile::ArtifactRequest request;
    if (options_.target.empty()) return request;
    const std::vector<std::string> known = compile::artifact_targets();
    for (const std::string& target : CLI::detail::split(options_.target, ',')) {
      request.targets.push_back(CLI::detail::trim_copy(target));
      if (std::ranges::find(known, request.targets.back()) != known.end()) continue;
      report_.add(Code::E0406, fmt::format("an artifact has no target {}", quoted(target)),
                  known.empty() ? "there is no code without the library that emits it"
                                : fmt::format("it has {}", fmt::join(known, ", ")));
      return std::nullopt;
    }
    return request;
  }

  void write_out(const tl::expected<std::string, std::string>& bytes) {
    if (!bytes) {
      std::string reason = bytes.error();
      std::replace(reason.begin(), reason.end(), '\n', ' ');
      report_.add(Code::E0004, fmt::format("{} cannot be written", quoted(options_.path)), reason);
    } else if (options_.path == "-") {
      write(*bytes);
    } else if (const auto written = source::replace(options_.path, *bytes); !written) {
      report_.add(Code::E0004, fmt::format("{} cannot be written", quoted(options_.path)),
                  written.error());
    }
  }

  const EmitOptions& options_;
  Report report_;
};

}  // namespace

bool gives_facts(const compile::FactTexts& facts) {
  return facts.run || facts.peak || facts.batch || !facts.rates.empty() ||
         !facts.parameters.empty();
}

bool names_artifact(const std::string& argument) {
  if (argument.ends_with(".lrpc")) return true;
  if (argument == "-" || !source::is_path(argument)) return false;
  const File file(std::fopen(argument.c_str(), "rb"));
  std::array<char, 8> begin{};
  const std::size_t size = file ? std::fread(begin.data(), 1, begin.size(), file.get()) : 0;
  return runtime::is_artifact(std::string_view(begin.data(), size));
}

std::optional<ReadArtifact> read_artifact(const std::string& path, Report& report) {
  const auto bytes = bytes_of(path, report);
  if (!bytes) return std::nullopt;
  auto artifact = runtime::Artifact::read(*bytes);
  if (!artifact) {
    unreadable(path, artifact.error(), report);
    return std::nullopt;
  }
  auto facts = compile::facts_of(*artifact);
  if (facts) return ReadArtifact{std::move(*artifact), std::move(*facts)};
  unreadable(path, facts.error(), report);
  return std::nullopt;
}

int write_artifact(const std::vector<std::string>& arguments, const EmitOptions& options,
                   const ReportOptions& report) {
  return Writing(options, report).run(arguments);
}

}  // namespace lrc::cli
