#pragma once
// The arithmetic compares a cosine's progress with 0, 1/2 and 1 at every evaluation. Positions are
// integers: where those comparisons turn is known before the program runs.

#include "compiler/backends/positions/reach.h"

namespace lrc::backends::llvm {

// The uses, cut where a progress that goes through havpi passes 0, 1/2 or 1, so that in each piece
// the comparisons are decided. A branch on the position costs less, and is predicted.
[[nodiscard]] std::vector<Use> cut_at_landmarks(const runtime::Program& program,
                                                std::span<const Use> uses);

}  // namespace lrc::backends::llvm
