#pragma once
// What `eval` and `simulate` share: rows of values, and the backend that computes them.

#include <span>
#include <string>
#include <vector>

#include "compiler/cli/cli.h"

namespace lrc::cli {

enum class RowFormat { table, csv, json };

// `table_name` is how the verb calls the format for people.
void add_format_option(CLI::App& verb, RowFormat& format, const std::string& table_name);
void add_backend_option(CLI::App& verb, std::string& backend);

// Writes one row an update, as they come.
class Rows {
 public:
  Rows(RowFormat format, std::vector<std::string> outputs)
      : format_(format), outputs_(std::move(outputs)) {}

  void head(const runtime::Identity& identity);
  void row(std::int64_t step, std::span<const double> values);
  // `rest` is what a JSON object says behind its rows, and what people read below the table.
  void foot(const std::string& rest = "");

 private:
  static constexpr int width = 24;
  void flush();

  RowFormat format_;
  std::vector<std::string> outputs_;
  std::string text_;
  bool first_ = true;
};

// Null for the interpreter. Nothing: a finding says why there is no JIT for this program.
[[nodiscard]] std::optional<runtime::CompiledFunction> compiled_for(const std::string& backend,
                                                                    const runtime::Program& program,
                                                                    Report& report);

}  // namespace lrc::cli
