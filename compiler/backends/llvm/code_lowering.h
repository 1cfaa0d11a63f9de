#pragma once
// One code of a bound program as instructions: a method for each operation of program.h.

#include <map>

#include "compiler/backends/llvm/constants.h"

namespace lrc::backends::llvm {

// Values of curves that are known where the code goes.
using KnownCurves = std::map<std::uint32_t, Value*>;

class CodeLowering {
 public:
  // `position` is as wide as its range needs. Instructions go where the builder stands. `known`
  // outlives the lowering; null: no curve's value is known. `factors` is the pointer to the rules'
  // factors; null: no code of the program reads any.
  CodeLowering(Emission& emission, IRBuilder<>& builder, Constants constants, Number position,
               const KnownCurves* known = nullptr, Value* factors = nullptr);

  // The code's value.
  Value* lower();

 private:
  using Instruction = runtime::Instruction;
  using Lowering = Value* (CodeLowering::*)(const Instruction&);
  static const Lowering lowerings[];

#define LRC_LOWERING(name) Value* name(const Instruction& i);
  LRC_OPERATIONS(LRC_LOWERING)
#undef LRC_LOWERING

  [[nodiscard]] const runtime::Code& code() const;
  [[nodiscard]] Value* x(const Instruction& i) const { return registers_[i.a]; }
  [[nodiscard]] Value* y(const Instruction& i) const { return registers_[i.b]; }

  Value* position(unsigned width);
  Number integer(std::uint32_t k);
  Number linear(std::uint32_t k, const Range& known = any_integer);
  Number narrowed(Value* value, const Range& range);
  Value* as(const Number& number, unsigned width);
  Value* to_real(const Number& number);
  Value* quotient(const Number& numerator, const Number& denominator);
  Value* remainder(Value* value, bool maybe_negative, Value* divisor);
  Value* not_below_zero(const Number& number, unsigned width);
  Number limited(const Number& number, const Number& limit);
  Value* limited_quotient(const Number& numerator, const Number& denominator);
  Number passed_in_code(const Range& positions, std::span<const Integer> integers);
  Value* call(const char* function, std::initializer_list<Value*> arguments);

  Emission& emission_;
  IRBuilder<>& builder_;
  Constants constants_;
  Number position_;
  const KnownCurves* known_;
  Value* factors_;
  std::vector<Value*> registers_;
};

}  // namespace lrc::backends::llvm
