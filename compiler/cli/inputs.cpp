#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <system_error>
#include <thread>

#include <fmt/format.h>

#include "compiler/cli/cli.h"
#include "compiler/diagnostics/render.h"
#include "compiler/source/read.h"
#include "runtime/artifact/artifact.h"

namespace lrc::cli {
namespace {

using diagnostics::Code;

void read_one(const std::string& path, std::vector<Text>& texts, Report& report) {
  auto source = source::read(path);
  if (!source) {
    report.add(Code::E0004, fmt::format("`{}` cannot be read", source.error().path),
               source.error().reason);
    return;
  }
  if (runtime::is_artifact((*source)->text)) {
    report.add(
        Code::E0004, fmt::format("`{}` is an artifact, where a policy belongs", path),
        "`lrc check`, `lrc hash` and `lrc eval` read artifacts; all else needs the text that "
        "it was made of");
    return;
  }
  report.keep(*source);
  texts.push_back({path, true, std::move(*source)});
}

void read_folder(const std::string& folder, std::vector<Text>& texts, Report& report) {
  const auto paths = source::policies_below(folder);
  if (!paths) {
    report.add(Code::E0004, fmt::format("`{}` cannot be searched", paths.error().path),
               paths.error().reason);
  } else if (paths->empty()) {
    report.add(Code::E0004, fmt::format("`{}` holds no policy", folder),
               "a folder is searched for files that end in .lrp");
  } else {
    for (const std::string& path : *paths) read_one(path, texts, report);
  }
}

}  // namespace

void add_report_options(CLI::App& verb, ReportOptions& options) {
  const auto choose = [&options](const std::string& name) {
    options.format = name == "json" ? Format::json : Format::human;
  };
  verb.add_option_function<std::string>("--format", choose, "human or json")
      ->check(CLI::IsMember({"human", "json"}));
  verb.add_flag("--strict", options.strict, "a warning is a finding");
}

namespace {

// A fact that may be given more than once; whoever reads the facts compares the values.
void add_fact(CLI::App& verb, const std::string& flag, const std::string& help,
              std::optional<std::string>& fact, compile::FactTexts& facts) {
  const auto store = [flag, &fact, &facts](const std::vector<std::string>& texts) {
    fact = texts.front();
    for (std::size_t i = 1; i < texts.size(); ++i) facts.repeated.emplace_back(flag, texts[i]);
  };
  verb.add_option_function<std::vector<std::string>>(flag, store, help)
      ->take_all()
      ->allow_extra_args(false);
}

}  // namespace

void add_fact_options(CLI::App& verb, compile::FactTexts& facts) {
  add_fact(verb, "--run", "the length of the run, such as '100K steps'", facts.run, facts);
  add_fact(verb, "--peak", "the peak learning rate, such as 3e-4", facts.peak, facts);
  add_fact(verb, "--batch", "the batch of one step, such as '512 samples'", facts.batch, facts);
  verb.add_option("--rate", facts.rates, "a rate, such as '1 epoch = 100 steps' (repeatable)")
      ->take_all()
      ->allow_extra_args(false);
}

bool split_settings(const std::vector<std::string>& settings, compile::FactTexts& facts) {
  for (const std::string& setting : settings) {
    const std::size_t equals = setting.find('=');
    if (equals == std::string::npos) return false;
    std::string name = CLI::detail::trim_copy(setting.substr(0, equals));
    if (name.empty()) return false;
    facts.parameters.emplace_back(std::move(name), setting.substr(equals + 1));
  }
  return true;
}

void Report::add(diagnostics::Issues issues) {
  for (diagnostics::Issue& issue : issues) {
    const diagnostics::CodeFacts& code = diagnostics::facts(issue.code);
    const bool warning = code.severity == diagnostics::Severity::warning;
    exit_ = std::max(exit_, warning && options_.strict ? exit_code::findings : code.exit);
    issues_.push_back(std::move(issue));
  }
}

void Report::add(Code code, std::string message, std::string reason) {
  add(diagnostics::Issue{code, {}, std::move(message), "", {}, std::move(reason), std::nullopt});
}

int Report::finish() {
  const diagnostics::Color color =
      color_on(STDERR_FILENO) ? diagnostics::Color::always : diagnostics::Color::never;
  const std::string text = options_.format == Format::json
                               ? diagnostics::render_json(issues_)
                               : diagnostics::render_human(issues_, color);
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stderr) == text.size() && std::fflush(stderr) == 0;
  return written ? exit_ : exit_code::environment;
}

std::vector<Text> read_texts(const std::vector<std::string>& arguments, Report& report) {
  std::vector<Text> texts;
  for (const std::string& argument : arguments) {
    std::error_code error;
    if (!source::is_path(argument)) {
      texts.push_back({argument, false, source::make_source("<text>", argument)});
      report.keep(texts.back().source);
    } else if (argument != "-" && std::filesystem::is_directory(argument, error)) {
      read_folder(argument, texts, report);
    } else {
      read_one(argument, texts, report);
    }
  }
  return texts;
}

namespace {

// Fewer are not worth a thread.
constexpr std::size_t texts_of_thread = 16;

// What a text compiles to depends on it alone, so many of them are shared among the processors.
std::vector<compile::Compilation> compile_all(const std::vector<Text>& texts) {
  std::vector<compile::Compilation> compilations(texts.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t k = next++; k < texts.size(); k = next++)
      compilations[k] = compile::compile(texts[k].source);
  };
  const std::size_t processors = std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::future<void>> others;
  for (std::size_t k = 1; k < std::min(processors, texts.size() / texts_of_thread); ++k)
    others.push_back(std::async(std::launch::async, work));
  work();
  for (std::future<void>& other : others) other.get();
  return compilations;
}

}  // namespace

std::vector<Input> read_inputs(const std::vector<std::string>& arguments, Report& report) {
  std::vector<Text> texts = read_texts(arguments, report);
  std::vector<compile::Compilation> compilations = compile_all(texts);
  std::vector<Input> inputs;
  for (std::size_t k = 0; k < texts.size(); ++k) {
    inputs.push_back({std::move(texts[k].argument), texts[k].is_path, std::move(compilations[k])});
    for (const source::SourcePtr& module : inputs.back().compilation.modules) report.keep(module);
    report.add(inputs.back().compilation.issues);
  }
  return inputs;
}

std::string display_name(const Input& input) {
  if (input.compilation.policy && !input.compilation.policy->policy.name.empty())
    return input.compilation.policy->policy.name;
  if (input.is_path) return diagnostics::printable(input.argument);
  std::string line = input.argument;  // in one line, wherever it is broken
  std::replace_if(line.begin(), line.end(), [](char c) { return c >= '\t' && c <= '\r'; }, ' ');
  return diagnostics::printable("`" + line + "`");
}

bool known(const std::vector<std::string>& names, const std::string& name, std::string_view what,
           Report& report) {
  if (std::find(names.begin(), names.end(), name) != names.end()) return true;
  diagnostics::Issue issue{
      Code::E0308,
      {},
      fmt::format("the policy has no {} `{}`", what, name),
      "",
      {},
      fmt::format("it has {}", names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "))),
      std::nullopt};
  if (const auto guess = diagnostics::closest(name, names))
    issue.fix = diagnostics::Fix{fmt::format("did you mean `{}`?", *guess), std::nullopt, ""};
  report.add(std::move(issue));
  return false;
}

std::optional<std::vector<runtime::GroupSet>> sets_for(const policy::Policy& policy,
                                                       const std::string& group, Report& report) {
  std::vector<runtime::GroupSet> sets = {{}};
  if (group.empty()) return sets;
  std::vector<std::string> names;
  for (const policy::Group& item : policy.groups) names.push_back(item.name);
  if (!known(names, group, "group", report)) return std::nullopt;
  const auto found = std::find(names.begin(), names.end(), group);
  sets.push_back({static_cast<std::uint32_t>(found - names.begin())});
  return sets;
}

void write(std::string_view text) {
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (written) return;
  if (errno == EPIPE) std::_Exit(exit_code::fine);
  std::fputs(fmt::format("lrc: standard output cannot be written: {}\n",
                         std::generic_category().message(errno))
                 .c_str(),
             stderr);
  std::_Exit(exit_code::environment);
}

bool color_on(int file_descriptor) {
  const char* no_color = std::getenv("NO_COLOR");
  return (no_color == nullptr || *no_color == '\0') && isatty(file_descriptor) == 1;
}

}  // namespace lrc::cli
