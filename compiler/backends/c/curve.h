#pragma once
// One curve as C: its stretches one below the other or, where they are many, a table and a search.

#include <string>

#include "compiler/backends/c/code.h"

namespace lrc::backends::c {

// Stretches beyond this many are a table.
inline constexpr std::size_t most_stretches_as_code = 32;

// Statements that return the curve's value. `at_updates`: the position counts updates.
[[nodiscard]] std::string curve_statements(const Layout& layout, std::uint32_t curve,
                                           const Range& positions, bool at_updates,
                                           const Site& site);

}  // namespace lrc::backends::c
