#pragma once
// How many entries of a rising table a position has passed.

#include "compiler/backends/llvm/emission.h"

namespace lrc::backends::llvm {

// Integers in memory, 64 or 128 bits wide.
struct Rows {
  Value* first;
  Value* count;
  unsigned width;
};

// The rows must be as wide as the position's range needs, or wider.
[[nodiscard]] Value* search(Emission& emission, IRBuilder<>& builder, const Number& position,
                            const Rows& rows);

// In integers that are within the position's range; they become a table.
[[nodiscard]] Value* search(Emission& emission, IRBuilder<>& builder, const Number& position,
                            std::span<const Integer> integers);

// indices[row + column] of a table of indices, as a 64-bit value.
[[nodiscard]] Value* entry(IRBuilder<>& builder, GlobalVariable* indices, Value* row,
                           std::uint64_t column);

// Sign-extended or cut.
[[nodiscard]] Value* resized(IRBuilder<>& builder, Value* value, unsigned width);

// An argument of up to 128 bits as two of 64, the lower half first: targets differ in how they pass
// wider integers.
void append_halves(IRBuilder<>& builder, std::vector<Value*>& arguments, Value* value);

}  // namespace lrc::backends::llvm
