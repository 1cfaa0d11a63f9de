#pragma once
// `lrc compile --emit`: a policy as a file for other programs.

#include "compiler/cli/cli.h"

namespace lrc::cli {

struct EmitOptions {
  std::string form;    // empty: nothing is emitted
  std::string path;    // empty or -: standard output
  std::string target;  // empty: the usual one
  std::string name;    // empty: the policy's
  compile::FactTexts facts;
  std::vector<std::string> settings;
};
void add_emit_options(CLI::App& verb, EmitOptions& options);

// Emits the one policy that `arguments` name. Returns the exit code.
[[nodiscard]] int emit_policy(const std::vector<std::string>& arguments, const EmitOptions& options,
                              const ReportOptions& report);

}  // namespace lrc::cli
