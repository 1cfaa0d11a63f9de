#pragma once
// A curve as a function of the position: comparisons that lead to the code of each segment, or,
// where there are many segments, a search in a table.

#include "compiler/backends/llvm/emission.h"

namespace lrc::backends::llvm {

// All curves that can be reached.
void lower_curves(Emission& emission, const Reach& positions);

}  // namespace lrc::backends::llvm
