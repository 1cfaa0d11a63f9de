#include "compiler/picture/numbers.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

namespace lrc::picture {
namespace {

// `3e-04` → `3e-4`, as people write it.
std::string without_padding(std::string_view text) {
  const std::size_t e = text.find('e');
  if (e == std::string_view::npos) return std::string(text);
  std::string_view exponent = text.substr(e + 1);
  const std::string_view sign = exponent.front() == '-' ? "-" : "";
  exponent.remove_prefix(std::min(exponent.find_first_not_of("+-0"), exponent.size()));
  return fmt::format("{}e{}{}", text.substr(0, e), sign, exponent);
}

std::string general(double value, int digits) {
  constexpr double smallest_plain = 1e-3;
  constexpr double largest_plain = 1e6;
  const double size = std::abs(value);
  const bool plain = value == 0 || (size >= smallest_plain && size < largest_plain);
  if (plain) return fmt::format("{:.{}g}", value, digits);
  const std::string written = fmt::format("{:.{}e}", value, digits - 1);
  const std::string_view text = written;
  const std::size_t e = text.find('e');
  std::string_view mantissa = text.substr(0, e);
  if (mantissa.find('.') != std::string_view::npos) {
    mantissa = mantissa.substr(0, mantissa.find_last_not_of('0') + 1);
    if (mantissa.back() == '.') mantissa.remove_suffix(1);
  }
  return without_padding(fmt::format("{}{}", mantissa, text.substr(e)));
}

}  // namespace

std::string short_number(double value, int digits) {
  return without_padding(general(value, digits));
}

std::string short_count(double value) {
  struct Magnitude {
    double factor;
    const char* suffix;
  };
  constexpr std::array<Magnitude, 4> magnitudes = {
      {{1e12, "T"}, {1e9, "B"}, {1e6, "M"}, {1e3, "K"}}};
  constexpr double longest_plain = 10'000;
  for (const Magnitude& magnitude : magnitudes) {
    if (value >= longest_plain && value >= magnitude.factor)
      return fmt::format("{:.4g}{}", value / magnitude.factor, magnitude.suffix);
  }
  return fmt::format("{:.4g}", value);
}

std::string spoken_count(const exact::Rational& value) {
  constexpr int few_digits = 1000;
  exact::Integer digits = exact::numerator(value);
  while (digits != 0 && digits % 10 == 0) digits /= 10;
  const bool few = exact::denominator(value) == 1 && digits < few_digits;
  return few ? short_count(exact::to_double(value)) : exact_count(value);
}

std::string marked_number(double value) {
  constexpr int digits = 6;
  std::string text = general(value, digits);
  constexpr double noise = 1e-14;  // the last bits of a quotient are no digits of anybody's
  const bool cut = std::abs(std::strtod(text.c_str(), nullptr) - value) > noise * std::abs(value);
  return cut ? fmt::format("{}…", text) : text;
}

std::string exact_count(const exact::Rational& value) {
  constexpr int digits = 9;
  const std::string text = exact::to_decimal(value, digits);
  const std::size_t whole = std::min({text.find('.'), text.find("…"), text.size()});
  constexpr std::size_t shortest_grouped = 5;
  constexpr std::size_t group = 3;
  if (whole < shortest_grouped) return text;
  std::string grouped;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i > 0 && i < whole && (whole - i) % group == 0) grouped += '_';
    grouped += text[i];
  }
  return grouped;
}

}  // namespace lrc::picture
