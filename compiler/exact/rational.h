#pragma once
// Exact numbers: what a policy writes stays a rational until it first meets a run-time real.

#include <optional>
#include <string>
#include <string_view>

#include <boost/multiprecision/cpp_int.hpp>

namespace lrc::exact {

using Integer = boost::multiprecision::cpp_int;
// Always in lowest terms with a positive denominator: equal numbers are equal values.
using Rational = boost::multiprecision::cpp_rational;

[[nodiscard]] inline Integer numerator(const Rational& value) {
  return boost::multiprecision::numerator(value);
}
[[nodiscard]] inline Integer denominator(const Rational& value) {
  return boost::multiprecision::denominator(value);
}

// Rounded once, to nearest even. Beyond the binary64 range: infinity.
[[nodiscard]] double to_double(const Rational& value);

// The exact value of a finite double.
[[nodiscard]] Rational from_double(double value);

[[nodiscard]] Integer floor(const Rational& value);
[[nodiscard]] Integer ceiling(const Rational& value);

// `3/50`, `2000`, `-1/3`: the form in canonical text.
[[nodiscard]] std::string to_text(const Rational& value);
// Reads what to_text writes; anything else, a fraction not in lowest terms too, is no number.
[[nodiscard]] std::optional<Rational> from_text(std::string_view text);

// a < b, by one multiplication a side: sorting thousands asks often.
[[nodiscard]] bool less(const Rational& a, const Rational& b);
// a == b, which Boost finds out by dividing both until nothing is left.
[[nodiscard]] inline bool equal(const Rational& a, const Rational& b) {
  return numerator(a) == numerator(b) && denominator(a) == denominator(b);
}

// For people: a decimal of at most `digits` significant digits, `…` behind it where digits are cut.
[[nodiscard]] std::string to_decimal(const Rational& value, int digits = 6);

}  // namespace lrc::exact
