#include "compiler/exact/rational.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace lrc::exact {
namespace {

constexpr int mantissa_bits = 53;
constexpr int minimum_exponent = -1074;  // of the last bit of a subnormal

int bit_length(const Integer& value) {
  return value == 0 ? 0 : static_cast<int>(boost::multiprecision::msb(value)) + 1;
}

bool only_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

double to_double(const Rational& value) {
  if (value == 0) return 0.0;
  const bool negative = value.sign() < 0;
  const Integer n = abs(numerator(value));
  const Integer d = denominator(value);
  // `exponent` is that of the last kept bit; one bit more is kept than the mantissa may hold.
  int exponent = bit_length(n) - bit_length(d) - mantissa_bits;
  exponent = std::max(exponent, minimum_exponent);
  const Integer scaled = exponent >= 0 ? n : n << -exponent;
  const Integer divisor = exponent >= 0 ? Integer(d << exponent) : d;
  Integer quotient, rest;
  divide_qr(scaled, divisor, quotient, rest);
  if (bit_length(quotient) > mantissa_bits) {
    if (bit_test(quotient, 0)) rest += divisor;  // below the half or above it: counted as a rest
    quotient >>= 1;
    exponent += 1;
    const Integer whole = divisor * 2;
    if (rest * 2 > whole || (rest * 2 == whole && bit_test(quotient, 0))) quotient += 1;
  } else if (rest * 2 > divisor || (rest * 2 == divisor && bit_test(quotient, 0))) {
    quotient += 1;
  }
  const double magnitude =
      std::ldexp(static_cast<double>(quotient.convert_to<std::uint64_t>()), exponent);
  return negative ? -magnitude : magnitude;
}

Rational from_double(double value) {
  int exponent = 0;
  const double fraction = std::frexp(value, &exponent);
  const auto mantissa = static_cast<std::int64_t>(std::ldexp(fraction, mantissa_bits));
  exponent -= mantissa_bits;
  const Integer one = 1;
  return exponent >= 0 ? Rational(Integer(mantissa) << exponent)
                       : Rational(Integer(mantissa), Integer(one << -exponent));
}

Integer floor(const Rational& value) {
  const Integer n = numerator(value);
  const Integer d = denominator(value);
  Integer quotient = n / d;
  if (n < 0 && quotient * d != n) quotient -= 1;
  return quotient;
}

Integer ceiling(const Rational& value) { return -floor(-value); }

bool less(const Rational& a, const Rational& b) {
  return numerator(a) * denominator(b) < numerator(b) * denominator(a);
}

std::string to_text(const Rational& value) {
  std::string text = numerator(value).str();
  if (denominator(value) != 1) text += "/" + denominator(value).str();
  return text;
}

std::optional<Rational> from_text(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::size_t slash = text.find('/');
  const std::string_view n = text.substr(0, slash);
  const std::string_view d = slash == std::string_view::npos ? "1" : text.substr(slash + 1);
  if (!only_digits(n) || !only_digits(d)) return std::nullopt;
  const Integer divisor{std::string(d)};
  if (divisor == 0) return std::nullopt;
  Rational value(Integer{std::string(n)}, divisor);
  if (negative) value = -value;
  if (to_text(value) != (negative ? "-" : "") + std::string(text)) return std::nullopt;
  return value;
}

std::string to_decimal(const Rational& value, int digits) {
  if (value == 0) return "0";
  if (value < 0) return "-" + to_decimal(-value, digits);
  const Integer whole = floor(value);
  const int whole_digits = whole == 0 ? 0 : static_cast<int>(whole.str().size());
  constexpr int most_digits = 40;  // more is no number that a person reads
  if (whole_digits > most_digits) {
    const std::string text = whole.str();
    return text.substr(0, 1) + "." + text.substr(1, 5) + "…e" + std::to_string(whole_digits - 1);
  }
  int places = std::max(0, digits - whole_digits);
  if (whole == 0) {
    for (Rational rest = value * 10; rest < 1; rest *= 10) ++places;
  }
  const Integer scale = boost::multiprecision::pow(Integer(10), static_cast<unsigned>(places));
  const Integer scaled = floor(value * Rational(scale));
  const bool cut = Rational(scaled, scale) != value;
  std::string text = scaled.str();
  if (places > 0) {
    text.insert(
        0, static_cast<std::size_t>(std::max(0, places + 1 - static_cast<int>(text.size()))), '0');
    text.insert(text.size() - static_cast<std::size_t>(places), ".");
    while (text.back() == '0') text.pop_back();
    if (text.back() == '.') text.pop_back();
  }
  return cut ? text + "…" : text;
}

}  // namespace lrc::exact
