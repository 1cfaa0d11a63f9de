#pragma once
// Where a code's constants come from: written into the instructions when the code serves one
// segment, read from the program's tables when it serves many.

#include <span>

#include "compiler/backends/llvm/emission.h"

namespace lrc::backends::llvm {

// Cut to `width` bits.
[[nodiscard]] Constant* written_integer(LLVMContext& context, Integer value, unsigned width);

class Constants {
 public:
  // `first_integer` and `first_real` are the indices, in the code, of the segment's constants; null
  // for a single use.
  Constants(Emission& emission, IRBuilder<>& builder, std::span<const Use> uses,
            Value* first_integer = nullptr, Value* first_real = nullptr);

  [[nodiscard]] bool written() const { return first_integer_ == nullptr; }
  [[nodiscard]] std::span<const Use> uses() const { return uses_; }
  // Constant k of the only use.
  [[nodiscard]] Integer integer(std::uint32_t k) const { return integer_of(uses_.front(), k); }
  // Over all uses: the constant, and position*I(k) + I(k + 1).
  [[nodiscard]] Range integer_range(std::uint32_t k) const;
  [[nodiscard]] Range linear_range(std::uint32_t k) const;

  // In the code; cut to 64 bits if so many are asked for.
  Value* integer(std::uint32_t k, unsigned width);
  Value* real(std::uint32_t k);
  // Where constant k begins in memory: only if not written.
  Value* integer_address(std::uint32_t k);

 private:
  [[nodiscard]] Integer integer_of(const Use& use, std::uint32_t k) const;

  Emission& emission_;
  IRBuilder<>& builder_;
  std::span<const Use> uses_;
  Value* first_integer_;
  Value* first_real_;
};

}  // namespace lrc::backends::llvm
