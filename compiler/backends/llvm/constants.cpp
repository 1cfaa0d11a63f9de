#include "compiler/backends/llvm/constants.h"

namespace lrc::backends::llvm {
Constant* written_integer(LLVMContext& context, Integer value, unsigned width) {
  const std::uint64_t halves[] = {static_cast<std::uint64_t>(value),
                                  static_cast<std::uint64_t>(value >> 64)};
  return ConstantInt::get(context, ::llvm::APInt(128, halves).trunc(width));
}

Constants::Constants(Emission& emission, IRBuilder<>& builder, std::span<const Use> uses,
                     Value* first_integer, Value* first_real)
    : emission_(emission),
      builder_(builder),
      uses_(uses),
      first_integer_(first_integer),
      first_real_(first_real) {}

Integer Constants::integer_of(const Use& use, std::uint32_t k) const {
  return emission_.program().integers[use.segment.first_integer + k];
}

Range Constants::integer_range(std::uint32_t k) const {
  Range range{integer(k), integer(k)};
  for (const Use& use : uses_) range = join(range, {integer_of(use, k), integer_of(use, k)});
  return range;
}

Range Constants::linear_range(std::uint32_t k) const {
  const auto of = [&](const Use& use) {
    return backends::linear(use.positions, integer_of(use, k), integer_of(use, k + 1));
  };
  Range range = of(uses_.front());
  for (const Use& use : uses_) range = join(range, of(use));
  return range;
}

Value* Constants::integer_address(std::uint32_t k) {
  Value* index = builder_.CreateAdd(first_integer_, builder_.getInt64(k));
  Type* element = builder_.getIntNTy(emission_.program_integer_width());
  return builder_.CreateInBoundsGEP(element, emission_.program_integers(), index);
}

Value* Constants::integer(std::uint32_t k, unsigned width) {
  if (written()) return written_integer(emission_.context(), integer(k), width);
  Type* element = builder_.getIntNTy(emission_.program_integer_width());
  Value* value = builder_.CreateLoad(element, integer_address(k));
  return builder_.CreateSExtOrTrunc(value, builder_.getIntNTy(width));
}

Value* Constants::real(std::uint32_t k) {
  Type* type = builder_.getDoubleTy();
  if (written()) {
    const double value = emission_.program().reals[uses_.front().segment.first_real + k];
    return ::llvm::ConstantFP::get(type, value);
  }
  Value* index = builder_.CreateAdd(first_real_, builder_.getInt64(k));
  Value* address = builder_.CreateInBoundsGEP(type, emission_.program_reals(), index);
  return builder_.CreateLoad(type, address);
}

}  // namespace lrc::backends::llvm
