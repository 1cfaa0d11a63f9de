// Numbers and lengths, once the run has given every name a value.

#include "compiler/bind/environment.h"

#include "compiler/ir/operation.h"

namespace lrc::bind {

using exact::Length;
using exact::Rational;
using exact::Rounding;

double Environment::finite(double value, const exact::Number&) const {
  if (!std::isfinite(value)) {
    refuse(diagnostics::Code::E0506, std::nullopt, "a computed number is not finite",
           "values are binary64: a division by zero, the root of a number below zero or a number "
           "beyond the largest one has no value");
  }
  return value;
}

Environment::Scalar Environment::evaluate(const exact::Number& value) const {
  if (const auto* literal = std::get_if<Rational>(&value)) return {false, *literal, 0};
  if (const auto* name = std::get_if<exact::ParameterName>(&value)) {
    const Rational& amount = parameters_.at(name->name);
    const bool real = real_parameters_.contains(name->name);
    return real ? Scalar{true, 0, exact::to_double(amount)} : Scalar{false, amount, 0};
  }
  return apply(std::get<exact::NumberCall>(value));
}

Environment::Scalar Environment::apply(const exact::NumberCall& call) const {
  std::vector<exact::Number> exact_arguments;
  double reals[2] = {0, 0};
  bool real = false;
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    const Scalar argument = evaluate(call.arguments[i]);
    real = real || argument.real;
    if (!argument.real) exact_arguments.emplace_back(argument.exact);
    reals[i] = argument.real ? argument.value : Environment::real(argument.exact);
  }
  if (!real) {
    const exact::Number folded = exact::apply(call.function, std::move(exact_arguments));
    if (const auto* exact = std::get_if<Rational>(&folded)) return {false, *exact, 0};
  }
  return {true, 0, ir::apply(call.function, reals[0], reals[1])};
}

// In updates, but for a share of the run or the cycle as it stands.
Rational Environment::term(const Length::Term& term, const std::optional<Rational>& cycle) const {
  const Rational amount = number(term.amount);
  if (term.of == Length::Of::cycle) return amount * cycle.value();
  if (term.of == Length::Of::run) return amount * run_.value();
  return amount * factor(unit_of(term.of), exact::Unit::steps);
}

Rational Environment::steps(const Length& value, const std::optional<Rational>& cycle) const {
  Rational sum = 0;
  for (const Length::Term& item : value.terms) sum += term(item, cycle);
  if (value.rounding == Rounding::none) return sum;
  // A share is counted in the unit of the run, a share of a cycle in updates.
  const exact::Unit unit = has_unit(value.of())            ? unit_of(value.of())
                           : value.of() == Length::Of::run ? run_unit_
                                                           : exact::Unit::steps;
  const Rational to_steps = factor(unit, exact::Unit::steps);
  Rational amount = sum / to_steps;
  if (value.of_float_product) {
    const double run = exact::to_double(*run_ / to_steps);
    amount = exact::from_double(real(value.terms[0].amount) * run);
  }
  return Rational(exact::rounded(amount, value.rounding)) * to_steps;
}

}  // namespace lrc::bind
