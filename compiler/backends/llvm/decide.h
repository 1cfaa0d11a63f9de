#pragma once
// Removes comparisons of reals whose result is known before the program runs. The arithmetic
// guards every step against what its arguments could be; most schedules' arguments cannot. This
// knows no formula, only how each operation rounds.

#include "compiler/backends/llvm/names.h"
#include "compiler/backends/llvm/real_range.h"

namespace lrc::backends::llvm {

// The value, with a note that it is within the range. Never -0.
[[nodiscard]] Value* noted(IRBuilder<>& builder, Value* value, const RealRange& range);

// Notes what the functions of the arithmetic promise for their arguments here. Before they are
// inlined.
void note_function_ranges(Module& module);

// For code that is not optimised: no note may reach it.
void remove_notes(Module& module);

// Decides comparisons and removes the notes.
void decide_comparisons(Module& module);

}  // namespace lrc::backends::llvm
