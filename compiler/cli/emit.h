#pragma once
// `lrc compile --emit`: a policy as a file for other programs.

#include "compiler/cli/cli.h"

namespace lrc::cli {

struct EmitOptions {
  std::string form;        // empty: nothing is emitted
  std::string path;        // empty or -: standard output
  std::string target;      // empty: the usual one
  std::string name;        // empty: the policy's
  std::string parameters;  // a file of names; empty: each group is taken alone
  compile::FactTexts facts;
  std::vector<std::string> settings;
};
void add_emit_options(CLI::App& verb, EmitOptions& options);

// The sets of groups to bind: those that apply to the parameters named in a file, or that outside
// any group and each group alone. Nothing: a finding says what is wrong with the file.
[[nodiscard]] std::optional<std::vector<runtime::GroupSet>> bound_sets(
    const compile::CompiledPolicy& policy, const EmitOptions& options, Report& report);

// Emits the one policy that `arguments` name. Returns the exit code.
[[nodiscard]] int emit_policy(const std::vector<std::string>& arguments, const EmitOptions& options,
                              const ReportOptions& report);

}  // namespace lrc::cli
