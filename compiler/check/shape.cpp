// A shape of a ramp is 0 at progress 0 and 1 at progress 1, in the arithmetic that evaluates it.

#include "compiler/check/context.h"
#include "compiler/ir/operation.h"

namespace lrc::check {
namespace {

double value(const policy::Formula& formula, const std::vector<double>& arguments) {
  using Kind = policy::Formula::Kind;
  if (formula.kind == Kind::number) return exact::to_double(formula.number);
  if (formula.kind == Kind::variable) return arguments[formula.variable];
  std::vector<double> operands;
  for (const policy::Formula& argument : formula.arguments)
    operands.push_back(value(argument, arguments));
  if (formula.function == "negate") return 0.0 - operands[0];
  operands.resize(2);
  return ir::apply(formula.function, operands[0], operands[1]);
}

}  // namespace

bool is_shape(const policy::Shape& shape) {
  std::vector<double> arguments = {0.0};
  for (const exact::Number& argument : shape.arguments) {
    const auto* number = std::get_if<exact::Rational>(&argument);
    if (number == nullptr) return true;
    arguments.push_back(exact::to_double(*number));
  }
  if (value(shape.curve->formula, arguments) != 0.0) return false;
  arguments[0] = 1.0;
  return value(shape.curve->formula, arguments) == 1.0;
}

}  // namespace lrc::check
