#pragma once
// One code as C: a few named values and a return.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compiler/backends/c/layout.h"

namespace lrc::backends::c {

// Where a code stands: at which position it is read, and how it returns.
struct Site {
  std::string position;    // a variable
  bool wide = false;       // an lrc1_integer, else an int64_t
  bool to_number = false;  // returns a double, else what is computed
  std::string indent;
};

// The constants of several segments that share a code, in a row of `integers` and one of `reals`. A
// constant that is the same in all of them stands in the code.
struct Rows {
  bool wide = false;                    // the integers are lrc1_integers
  std::vector<std::uint32_t> integers;  // by column: which of the segment's integers, rising
  std::vector<std::uint32_t> reals;
};

// Columns for what differs between the segments; for all integers where a code searches them.
[[nodiscard]] Rows rows_of(const runtime::Program& program, std::span<const Use> uses);

// Statements, the last of which returns. `uses` are the segments, one or, in rows, several.
[[nodiscard]] std::string code_statements(const Layout& layout, std::span<const Use> uses,
                                          const std::optional<Rows>& rows, const Site& site);

// What a segment does, for a person: "cosine from 1 to 0.1". Empty where nothing short says it.
[[nodiscard]] std::string description(const runtime::Program& program,
                                      const runtime::Segment& segment);

}  // namespace lrc::backends::c
