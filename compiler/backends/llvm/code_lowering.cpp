#include "compiler/backends/llvm/code_lowering.h"

#include <llvm/IR/Intrinsics.h>

#include <algorithm>

#include "compiler/backends/llvm/decide.h"
#include "compiler/backends/llvm/search.h"
#include "compiler/backends/llvm/wide.h"

namespace lrc::backends::llvm {
namespace {

constexpr Range exact_reals = {-(exact_limit - 1), exact_limit - 1};
// Integers that the lower bits of a binary64 number can hold as they stand.
constexpr Range mantissas = {0, exact_limit / 2 - 1};

// Up to so many comparisons are cheaper than a search.
constexpr std::ptrdiff_t most_comparisons = 16;

}  // namespace

const CodeLowering::Lowering CodeLowering::lowerings[] = {
#define LRC_LOWERING(name) &CodeLowering::name,
    LRC_OPERATIONS(LRC_LOWERING)
#undef LRC_LOWERING
};

CodeLowering::CodeLowering(Emission& emission, IRBuilder<>& builder, Constants constants,
                           Number position, const KnownCurves* known, Value* factors)
    : emission_(emission),
      builder_(builder),
      constants_(constants),
      position_(position),
      known_(known),
      factors_(factors) {}

const runtime::Code& CodeLowering::code() const {
  return emission_.program().codes[constants_.uses().front().segment.code];
}

Value* CodeLowering::lower() {
  for (const Instruction& i : code()) {
    registers_.push_back((this->*lowerings[static_cast<std::size_t>(i.operation)])(i));
  }
  return registers_.back();
}

// ------------------------------------------------------------------------------------- integers

Value* CodeLowering::position(unsigned width) { return as(position_, width); }

Value* CodeLowering::as(const Number& number, unsigned width) {
  return resized(builder_, number.value, width);
}

Number CodeLowering::narrowed(Value* value, const Range& range) {
  const Type* type = value->getType();
  if (type->getIntegerBitWidth() <= width_for(range)) return {value, range};
  return {builder_.CreateTrunc(value, builder_.getInt64Ty()), range};
}

Number CodeLowering::integer(std::uint32_t k) {
  const Range range = constants_.integer_range(k);
  return {constants_.integer(k, width_for(range)), range};
}

// Integers wrap around, so that a result which fits is right whatever its parts did.
Number CodeLowering::linear(std::uint32_t k, const Range& known) {
  const Range range = meet(constants_.linear_range(k), known);
  const unsigned width = width_for(range);
  Value* product = builder_.CreateMul(position(width), constants_.integer(k, width));
  return {builder_.CreateAdd(product, constants_.integer(k + 1, width)), range};
}

Value* CodeLowering::not_below_zero(const Number& number, unsigned width) {
  Value* value = as(number, width);
  if (number.range.low >= 0) return value;
  return builder_.CreateBinaryIntrinsic(::llvm::Intrinsic::smax, value,
                                        ConstantInt::get(value->getType(), 0));
}

Number CodeLowering::limited(const Number& number, const Number& limit) {
  const unsigned width = std::max(width_for(number.range), width_for(limit.range));
  Value* value = not_below_zero(number, width);
  if (number.range.high > limit.range.low) {
    value = builder_.CreateBinaryIntrinsic(::llvm::Intrinsic::smin, value, as(limit, width));
  }
  return narrowed(value, backends::limited(number.range, limit.range));
}

// The instruction that converts an integer leaves the upper half of its register as it was, and so
// waits for whoever wrote that register last: in a loop, for the value of the call before. Where
// the integer is a mantissa, it is put together with the exponent of 2^52 instead.
Value* CodeLowering::to_real(const Number& number) {
  Type* type = builder_.getDoubleTy();
  if (number.value->getType()->getIntegerBitWidth() > 64) {
    return nearest_real(emission_, builder_, number.value);
  }
  const bool assembled = within(number.range, mantissas) && !::llvm::isa<Constant>(number.value);
  if (!assembled) return builder_.CreateSIToFP(number.value, type);
  constexpr std::uint64_t exponent = 0x4330000000000000;
  Value* bits = builder_.CreateOr(number.value, builder_.getInt64(exponent));
  Value* shifted = builder_.CreateBitCast(bits, type);
  return builder_.CreateFSub(shifted, ::llvm::ConstantFP::get(type, 0x1p52));
}

// Of two numbers that are not below 0.
Value* CodeLowering::quotient(const Number& numerator, const Number& denominator) {
  if (within(join(numerator.range, denominator.range), exact_reals)) {
    return builder_.CreateFDiv(to_real(numerator), to_real(denominator));
  }
  std::vector<Value*> arguments;
  append_halves(builder_, arguments, numerator.value);
  append_halves(builder_, arguments, denominator.value);
  Type* half = builder_.getInt64Ty();
  return builder_.CreateCall(
      emission_.library_function(builder_.getDoubleTy(), {half, half, half, half},
                                 "lrc1_quotient_halves"),
      arguments);
}

// 0/d is 0 and d/d is 1, so that limiting the numerator limits the progress, with the same bits.
// The progress is noted to lie between the quotients of the ends, which are as exact as it is.
Value* CodeLowering::limited_quotient(const Number& numerator, const Number& denominator) {
  const Number part = limited(numerator, denominator);
  Value* progress = quotient(part, denominator);
  if (::llvm::isa<Constant>(progress)) return progress;
  RealRange range = {0, 1};
  if (within(join(part.range, denominator.range), exact_reals)) {
    const auto end = [](Integer n, Integer d) {
      return static_cast<double>(n) / static_cast<double>(d);
    };
    range.low = end(part.range.low, denominator.range.high);
    range.high = std::min(1.0, end(part.range.high, denominator.range.low));
  }
  return noted(builder_, progress, range);
}

// -------------------------------------------------------- operations that look at the position

Value* CodeLowering::real(const Instruction& i) { return constants_.real(i.a); }

Value* CodeLowering::progress(const Instruction& i) {
  return limited_quotient(linear(i.a), integer(i.a + 2));
}

Value* CodeLowering::small_progress(const Instruction& i) {
  return limited_quotient(linear(i.a, exact_reals), integer(i.a + 2));
}

Value* CodeLowering::ratio(const Instruction& i) {
  constexpr Range not_negative = {0, integer_high};
  return quotient(linear(i.a, not_negative), linear(i.a + 2, not_negative));
}

Value* CodeLowering::floor_ratio(const Instruction& i) {
  const Number numerator = linear(i.a);
  const Number denominator = integer(i.a + 2);
  const unsigned width = std::max(width_for(numerator.range), width_for(denominator.range));
  Value* value =
      llvm::quotient(emission_, builder_, not_below_zero(numerator, width), as(denominator, width));
  return to_real(narrowed(
      value, meet(backends::quotient(numerator.range, denominator.range), {0, integer_high})));
}

Value* CodeLowering::passed(const Instruction& i) {
  if (constants_.written()) {
    const std::size_t first = constants_.uses().front().segment.first_integer + i.a + 1;
    const auto size = static_cast<std::size_t>(constants_.integer(i.a));
    const std::span<const Integer> all(emission_.program().integers);
    return to_real(passed_in_code(constants_.uses().front().positions, all.subspan(first, size)));
  }
  Value* count = constants_.integer(i.a, 64);
  const Range sizes = {0, constants_.integer_range(i.a).high};
  const Rows integers = {constants_.integer_address(i.a + 1), count,
                         emission_.program_integer_width()};
  return to_real({search(emission_, builder_, position_, integers), sizes});
}

// Only the integers that the positions can cross need to be looked at.
Number CodeLowering::passed_in_code(const Range& positions, std::span<const Integer> integers) {
  const auto first = std::upper_bound(integers.begin(), integers.end(), positions.low);
  const auto last = std::upper_bound(first, integers.end(), positions.high);
  const Range sizes = {first - integers.begin(), last - integers.begin()};
  const unsigned width = width_for(position_.range);
  Value* count = builder_.getInt64(static_cast<std::uint64_t>(sizes.low));
  if (last - first > most_comparisons) {
    Value* found = search(emission_, builder_, position_, std::span(first, last));
    return {builder_.CreateAdd(count, found), sizes};
  }
  for (auto k = first; k != last; ++k) {
    Constant* limit = written_integer(emission_.context(), *k, width);
    Value* reached = builder_.CreateICmpSGE(position_.value, limit);
    count = builder_.CreateAdd(count, builder_.CreateZExt(reached, builder_.getInt64Ty()));
  }
  return {count, sizes};
}

Value* CodeLowering::curve(const Instruction& i) {
  if (known_ != nullptr) {
    if (const auto known = known_->find(i.a); known != known_->end()) return known->second;
  }
  return emission_.call_curve(builder_, i.a, position(emission_.curve_width(i.a)), factors_);
}

// Of the sign of the value, as in C.
Value* CodeLowering::remainder(Value* value, bool maybe_negative, Value* divisor) {
  if (!maybe_negative) return llvm::remainder(emission_, builder_, value, divisor);
  Value* negative = builder_.CreateICmpSLT(value, ConstantInt::get(value->getType(), 0));
  Value* size = builder_.CreateSelect(negative, builder_.CreateNeg(value), value);
  Value* left = llvm::remainder(emission_, builder_, size, divisor);
  return builder_.CreateSelect(negative, builder_.CreateNeg(left), left);
}

Value* CodeLowering::cycle(const Instruction& i) {
  const Number place = linear(i.b);
  const Number length = integer(i.b + 2);
  const unsigned width = std::max(width_for(place.range), width_for(length.range));
  Value* value = remainder(as(place, width), place.range.low < 0, as(length, width));
  const Number inside = narrowed(value, backends::remainder(place.range, length.range));
  return emission_.call_curve(builder_, i.a, as(inside, emission_.curve_width(i.a)), factors_);
}

Value* CodeLowering::held(const Instruction& i) {
  const Number place = linear(i.b);
  const Number length = integer(i.b + 2);
  const Number multiplier = integer(i.b + 3);
  const Range begun = {std::max<Integer>(place.range.low, 0),
                       std::max<Integer>(place.range.high, 0)};
  const Range whole = backends::quotient(begun, length.range);
  const Range starts = meet(backends::linear(whole, multiplier.range.high, 0), {0, integer_high});
  const unsigned width = std::max({width_for(place.range), width_for(length.range),
                                   width_for(multiplier.range), width_for(starts)});
  Value* value =
      llvm::quotient(emission_, builder_, not_below_zero(place, width), as(length, width));
  value = builder_.CreateMul(value, as(multiplier, width));
  const Number start = narrowed(value, starts);
  return emission_.call_curve(builder_, i.a, as(start, emission_.curve_width(i.a)), factors_);
}

Value* CodeLowering::noise(const Instruction& i) {
  const Number scale = integer(i.a + 1);
  const unsigned width = std::max(width_for(position_.range), width_for(scale.range));
  Value* update = llvm::quotient(emission_, builder_, position(width), as(scale, width));
  Type* word = builder_.getInt64Ty();
  Function* function =
      emission_.library_function(builder_.getDoubleTy(), {word, word}, "lrc1_noise");
  return builder_.CreateCall(function, {resized(builder_, constants_.integer(i.a, 128), 64),
                                        resized(builder_, update, 64)});
}

Value* CodeLowering::factor(const Instruction& i) {
  Type* type = builder_.getDoubleTy();
  return builder_.CreateLoad(type, builder_.CreateConstInBoundsGEP1_64(type, factors_, i.a));
}

// ---------------------------------------------------------------------- operations on registers

Value* CodeLowering::call(const char* function, std::initializer_list<Value*> arguments) {
  Type* type = builder_.getDoubleTy();
  const std::vector<Type*> types(arguments.size(), type);
  return builder_.CreateCall(emission_.library_function(type, types, function),
                             std::vector<Value*>(arguments));
}

Value* CodeLowering::add(const Instruction& i) { return builder_.CreateFAdd(x(i), y(i)); }

Value* CodeLowering::subtract(const Instruction& i) { return builder_.CreateFSub(x(i), y(i)); }

Value* CodeLowering::multiply(const Instruction& i) { return builder_.CreateFMul(x(i), y(i)); }

Value* CodeLowering::divide(const Instruction& i) { return builder_.CreateFDiv(x(i), y(i)); }

Value* CodeLowering::square_root(const Instruction& i) {
  return builder_.CreateUnaryIntrinsic(::llvm::Intrinsic::sqrt, x(i));
}

Value* CodeLowering::minimum(const Instruction& i) {
  return builder_.CreateSelect(builder_.CreateFCmpOLT(x(i), y(i)), x(i), y(i));
}

Value* CodeLowering::maximum(const Instruction& i) {
  return builder_.CreateSelect(builder_.CreateFCmpOGT(x(i), y(i)), x(i), y(i));
}

Value* CodeLowering::power(const Instruction& i) { return call("lrc1_pow", {x(i), y(i)}); }

Value* CodeLowering::havpi(const Instruction& i) { return call("lrc1_havpi", {x(i)}); }

Value* CodeLowering::sinpi(const Instruction& i) { return call("lrc1_sinpi", {x(i)}); }

Value* CodeLowering::cospi(const Instruction& i) { return call("lrc1_cospi", {x(i)}); }

Value* CodeLowering::exp2(const Instruction& i) { return call("lrc1_exp2", {x(i)}); }

Value* CodeLowering::log2(const Instruction& i) { return call("lrc1_log2", {x(i)}); }

Value* CodeLowering::tanh(const Instruction& i) { return call("lrc1_tanh", {x(i)}); }

Value* CodeLowering::ramp(const Instruction& i) {
  return call("lrc1_ramp", {x(i), y(i), registers_[i.c], registers_[i.d]});
}

Value* CodeLowering::geometric(const Instruction& i) {
  return call("lrc1_geometric", {x(i), y(i), registers_[i.c]});
}

}  // namespace lrc::backends::llvm
