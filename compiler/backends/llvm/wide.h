#pragma once
// Division of integers of any width by the arithmetic's own sequences: no target has an instruction
// for 128 bits, and none must need a library for it.

#include "compiler/backends/llvm/emission.h"

namespace lrc::backends::llvm {

// Of values that are not below 0, both as wide; the divisor is not 0.
[[nodiscard]] Value* quotient(Emission& emission, IRBuilder<>& builder, Value* value,
                              Value* divisor);
[[nodiscard]] Value* remainder(Emission& emission, IRBuilder<>& builder, Value* value,
                               Value* divisor);

// The nearest binary64 number, ties to even, of a 128-bit value that is not below 0.
[[nodiscard]] Value* nearest_real(Emission& emission, IRBuilder<>& builder, Value* value);

}  // namespace lrc::backends::llvm
