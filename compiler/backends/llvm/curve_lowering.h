#pragma once
// A curve as a function of the position: comparisons that lead to the code of each segment, or,
// where there are many segments, a search in a table.

#include "compiler/backends/llvm/emission.h"

namespace lrc::backends::llvm {

// The curves before it are functions already.
[[nodiscard]] Function* lower_curve(Emission& emission, std::uint32_t index,
                                    const Range& positions);

}  // namespace lrc::backends::llvm
