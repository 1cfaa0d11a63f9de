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

// Shares of the run are positions like others: in its unit.
std::vector<ir::Jump> Environment::jumps(const ir::Program& program,
                                         const std::optional<Length>& run) {
  std::vector<ir::Jump> built = program.jumps;
  for (ir::Jump& jump : built) {
    if (jump.at.of() == Length::Of::run)
      jump.at = Length(run.value().of(), Rational(*jump.at.exact() * *run->exact()));
  }
  return built;
}

Rational Environment::factor(exact::Unit from, exact::Unit to) const {
  const auto factor = path_->factor(from, to);
  if (!factor) {
    refuse(diagnostics::Code::E0509, std::nullopt,
           fmt::format("{} are not counted in {} at one rate", plural(from), plural(to)),
           "the batch grows during the run, so what is measured here must be in one unit");
  }
  return *factor;
}

Environment::Amount Environment::term(const Length::Term& term,
                                      const std::optional<Rational>& cycle) const {
  const Rational amount = number(term.amount);
  if (term.of == Length::Of::cycle && !cycle) {
    refuse(diagnostics::Code::E0509, std::nullopt, "a share of cycles that differ in updates",
           "the batch grows during the run; give the length in the unit of the cycle");
  }
  if (term.of == Length::Of::cycle) return {exact::Unit::steps, amount * cycle.value()};
  if (term.of != Length::Of::run) return {unit_of(term.of), amount};
  return {run_unit_, amount * path_->clock(run_unit_, run_.value())};
}

Environment::Amount Environment::amount(const Length& value,
                                        const std::optional<Rational>& cycle) const {
  Amount sum = term(value.terms[0], cycle);
  for (std::size_t i = 1; i < value.terms.size(); ++i) {
    const Amount next = term(value.terms[i], cycle);
    sum.value += next.value * factor(next.unit, sum.unit);
  }
  if (value.rounding == Rounding::none) return sum;
  if (value.of_float_product) {
    const double run = exact::to_double(path_->clock(run_unit_, *run_));
    sum.value = exact::from_double(real(value.terms[0].amount) * run);
  }
  sum.value = Rational(exact::rounded(sum.value, value.rounding));
  return sum;
}

Rational Environment::position(const Length& value) const {
  const Amount at = amount(value, std::nullopt);
  return path_->updates(at.unit, at.value);
}

Rational Environment::after(const Rational& begin, const Length& value,
                            const std::optional<Rational>& cycle) const {
  const Amount length = amount(value, cycle);
  if (path_->constant() || cycle)
    return begin + length.value * factor(length.unit, exact::Unit::steps);
  return path_->updates(length.unit, path_->clock(length.unit, begin) + length.value);
}

Rational Environment::before(const Rational& end, const Length& value,
                             const std::optional<Rational>& cycle) const {
  const Amount length = amount(value, cycle);
  if (path_->constant() || cycle)
    return end - length.value * factor(length.unit, exact::Unit::steps);
  return path_->updates(length.unit, path_->clock(length.unit, end) - length.value);
}

Rational Environment::steps(const Length& value, const std::optional<Rational>& cycle) const {
  const Amount length = amount(value, cycle);
  return length.value * factor(length.unit, exact::Unit::steps);
}

}  // namespace lrc::bind
