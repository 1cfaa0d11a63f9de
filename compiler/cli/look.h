#pragma once
// What `plot` and `explain` share: a policy looked at with the facts that are given, and the size
// of a picture.

#include "compiler/cli/cli.h"
#include "compiler/picture/plot.h"

namespace lrc::cli {

struct LookOptions {
  std::string argument;
  compile::FactTexts facts;
  std::vector<std::string> settings;
  std::string group;
  ReportOptions report;
};
void add_look_options(CLI::App& verb, LookOptions& options);

struct SizeOptions {
  std::size_t width = 0, height = 0;  // 0: of the terminal
  bool ascii = false;
};
void add_size_options(CLI::App& verb, SizeOptions& options);
// What is asked for, else the terminal, else 80 x 20. The locale plays no part.
[[nodiscard]] picture::Size size_of(const SizeOptions& options);

struct Look {
  picture::View view;
  std::size_t group_set;  // index of the set of groups that was asked for
  std::string in_group;   // ` (group norms)`, or nothing
};
// Nothing: the report says why.
[[nodiscard]] std::optional<Look> look(const compile::CompiledPolicy& policy,
                                       const LookOptions& options,
                                       const std::vector<std::string>& outputs, Report& report);

// manual.cpp: `lrc explain --name NAME`, the exit status.
[[nodiscard]] int explain_name(const std::string& name, const SizeOptions& size);
// What `explain` cannot do, and what would help: the exit status of a wrong call.
[[nodiscard]] int explain_failed(const std::string& message, const std::string& hint);

// The policy's name and version, or the words of a sentence.
[[nodiscard]] std::string title_of(const Input& input);

}  // namespace lrc::cli
