#pragma once
// What the verbs share: reading policy arguments, reporting findings, writing products. A verb is a
// function that registers itself; it holds no logic of the language.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "compiler/compile/compile.h"

namespace lrc::cli {

namespace exit_code {
inline constexpr int fine = 0, findings = 1, wrong_call = 2, environment = 3, limit = 4,
                     our_bug = 70;
}

// The chosen verb, to be run after the call has been read. Returns the exit code.
using Run = std::function<int()>;

void add_check(CLI::App& app, Run& run);
void add_hash(CLI::App& app, Run& run);
void add_eval(CLI::App& app, Run& run);
void add_simulate(CLI::App& app, Run& run);
void add_replay(CLI::App& app, Run& run);
void add_range_test(CLI::App& app, Run& run);
void add_canary(CLI::App& app, Run& run);
void add_plot(CLI::App& app, Run& run);
void add_explain(CLI::App& app, Run& run);
void add_compile(CLI::App& app, Run& run);
void add_lock(CLI::App& app, Run& run);
void add_test(CLI::App& app, Run& run);
void add_prove(CLI::App& app, Run& run);
void add_fmt(CLI::App& app, Run& run);
void add_import(CLI::App& app, Run& run);

enum class Format { human, json };

// Options of every verb that reports findings.
struct ReportOptions {
  Format format = Format::human;
  bool strict = false;  // a warning is a finding
};
void add_report_options(CLI::App& verb, ReportOptions& options);

// The facts of a run as flags.
void add_fact_options(CLI::App& verb, compile::FactTexts& facts);
// Called after the call has been read: --set NAME=VALUE is split here. False: not of that form.
bool split_settings(const std::vector<std::string>& settings, compile::FactTexts& facts);

// Collects findings over all inputs, keeps the texts they point into, prints them once at the end.
class Report {
 public:
  explicit Report(ReportOptions options) : options_(options) {}
  void keep(source::SourcePtr source) { sources_.push_back(std::move(source)); }
  void add(diagnostics::Issues issues);
  void add(diagnostics::Issue issue) { add(diagnostics::Issues{std::move(issue)}); }
  // A finding of the command itself, without a place.
  void add(diagnostics::Code code, std::string message, std::string reason = "");
  [[nodiscard]] int exit() const { return exit_; }
  [[nodiscard]] Format format() const { return options_.format; }
  // Prints to standard error; the highest exit code, or that of a failed write.
  int finish();

 private:
  ReportOptions options_;
  diagnostics::Issues issues_;
  std::vector<source::SourcePtr> sources_;
  int exit_ = exit_code::fine;
};

struct Text {
  std::string argument;  // as it was given, or the path below a folder
  bool is_path;
  source::SourcePtr source;
};
// Reads every policy that the arguments name; folders are searched for *.lrp. What cannot be read
// is reported.
[[nodiscard]] std::vector<Text> read_texts(const std::vector<std::string>& arguments,
                                           Report& report);

struct Input {
  std::string argument;
  bool is_path;
  compile::Compilation compilation;
};
// The same, and compiles them. The issues of each compilation are in the report, too.
[[nodiscard]] std::vector<Input> read_inputs(const std::vector<std::string>& arguments,
                                             Report& report);
// The name to call an input by: the policy's, or the argument's beginning.
[[nodiscard]] std::string display_name(const Input& input);

// Whether a policy has an output or group of this name; if not, a finding says which it has.
[[nodiscard]] bool known(const std::vector<std::string>& names, const std::string& name,
                         std::string_view what, Report& report);

// The sets of groups to bind for `--group NAME`: that outside any group, and, unless the name is
// empty, the named group alone, last. Nothing: the policy has no such group, and a finding says so.
[[nodiscard]] std::optional<std::vector<runtime::GroupSet>> sets_for(const policy::Policy& policy,
                                                                     const std::string& group,
                                                                     Report& report);

// To standard output. A closed pipe ends the process quietly; a failed write ends it with exit 3.
void write(std::string_view text);

// Colour only on a terminal, and never under NO_COLOR.
[[nodiscard]] bool color_on(int file_descriptor);

}  // namespace lrc::cli
