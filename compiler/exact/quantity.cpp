#include "compiler/exact/quantity.h"

#include <algorithm>
#include <optional>

namespace lrc::exact {
namespace {

// A power with more bits stays a call: canonical text must not grow without bound.
constexpr unsigned largest_power_bits = 1024;

unsigned bits(const Rational& value) {
  const Integer magnitude = abs(numerator(value));
  return (magnitude == 0 ? 0 : msb(magnitude) + 1) + msb(denominator(value)) + 1;
}

std::optional<Rational> whole_power(const Rational& base, const Rational& exponent) {
  if (denominator(exponent) != 1 || abs(exponent) > largest_power_bits) return std::nullopt;
  const int power = numerator(exponent).convert_to<int>();
  const auto count = static_cast<unsigned>(std::abs(power));
  if (bits(base) * count > largest_power_bits || (base == 0 && power < 0)) return std::nullopt;
  const Rational raised(Integer(boost::multiprecision::pow(numerator(base), count)),
                        Integer(boost::multiprecision::pow(denominator(base), count)));
  return power < 0 ? Rational(1 / raised) : raised;
}

std::optional<Rational> folded(const std::string& function, const Rational& a, const Rational& b) {
  if (function == "+") return a + b;
  if (function == "-") return a - b;
  if (function == "*") return a * b;
  if (function == "/") return b == 0 ? std::nullopt : std::optional<Rational>(a / b);
  if (function == "^") return whole_power(a, b);
  if (function == "min") return std::min(a, b);
  if (function == "max") return std::max(a, b);
  return std::nullopt;
}

}  // namespace

Number apply(const std::string& function, std::vector<Number> arguments) {
  if (arguments.size() == 2) {
    const auto* a = std::get_if<Rational>(&arguments[0]);
    const auto* b = std::get_if<Rational>(&arguments[1]);
    if (a != nullptr && b != nullptr) {
      if (auto exact = folded(function, *a, *b)) return *exact;
    }
  }
  return NumberCall{function, std::move(arguments)};
}

void collect_parameters(const Number& number, std::vector<std::string>& names) {
  if (const auto* parameter = std::get_if<ParameterName>(&number)) names.push_back(parameter->name);
  if (const auto* call = std::get_if<NumberCall>(&number)) {
    for (const Number& argument : call->arguments) collect_parameters(argument, names);
  }
}

std::string spoken(const Number& number,
                   const std::function<std::string(const Rational&)>& literal) {
  if (const auto* exact = std::get_if<Rational>(&number)) return literal(*exact);
  if (const auto* name = std::get_if<ParameterName>(&number)) return name->name;
  const auto& call = std::get<NumberCall>(number);
  const bool sign = call.function.size() == 1 && call.arguments.size() == 2;
  std::string text = sign ? "" : call.function;
  text += "(";
  for (const Number& argument : call.arguments) {
    if (text.back() != '(') text += sign ? " " + call.function + " " : ", ";
    text += spoken(argument, literal);
  }
  return text + ")";
}

Length operator+(const Length& a, const Length& b) {
  Length sum = a;
  for (const Length::Term& term : b.terms) {
    const auto at = std::find_if(sum.terms.begin(), sum.terms.end(),
                                 [&](const Length::Term& other) { return other.of >= term.of; });
    if (at != sum.terms.end() && at->of == term.of)
      at->amount = apply("+", {at->amount, term.amount});
    else
      sum.terms.insert(at, term);
  }
  return sum;
}

Length scaled(const Length& value, const std::string& function, const Number& by) {
  Length built = value;
  for (Length::Term& term : built.terms) term.amount = apply(function, {term.amount, by});
  return built;
}

Integer rounded(const Rational& value, Rounding rounding) {
  if (rounding == Rounding::up) return ceiling(value);
  if (rounding == Rounding::down) return floor(value);
  const Rational half(1, 2);
  const Integer nearest = floor(value + half);
  const bool tie = rounding == Rounding::even && Rational(nearest) - value == half;
  return tie && nearest % 2 != 0 ? Integer(nearest - 1) : nearest;
}

}  // namespace lrc::exact
