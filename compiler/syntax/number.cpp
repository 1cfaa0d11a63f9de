#include "compiler/syntax/number.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdlib>

namespace lrc::syntax {
namespace {

using exact::Integer;
using exact::Rational;

struct Magnitude {
  std::string_view suffix;
  std::int64_t factor;
};
constexpr std::array<Magnitude, 6> magnitudes = {{{"K", 1'000},
                                                  {"M", 1'000'000},
                                                  {"B", 1'000'000'000},
                                                  {"T", 1'000'000'000'000},
                                                  {"Ki", 1024},
                                                  {"Mi", 1024 * 1024}}};

Rational power_of_ten(int exponent) {
  const Integer power =
      boost::multiprecision::pow(Integer(10), static_cast<unsigned>(std::abs(exponent)));
  return exponent >= 0 ? Rational(power) : Rational(Integer(1), power);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::optional<Rational> parse_number(std::string_view text) {
  std::string digits;
  int exponent = 0;
  bool behind_point = false;
  std::size_t at = 0;
  for (; at < text.size() && (is_digit(text[at]) || text[at] == '_' || text[at] == '.'); ++at) {
    if (text[at] == '.') behind_point = true;
    if (!is_digit(text[at])) continue;
    digits += text[at];
    if (behind_point) --exponent;
  }
  if (digits.empty()) return std::nullopt;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    std::size_t begin = at + 1;
    if (begin < text.size() && text[begin] == '+') ++begin;
    int written = 0;
    const auto read = std::from_chars(text.data() + begin, text.data() + text.size(), written);
    if (read.ec != std::errc()) return std::nullopt;
    exponent += written;
    at = static_cast<std::size_t>(read.ptr - text.data());
  }
  digits.erase(0, digits.find_first_not_of('0'));  // a leading 0 would be read as octal
  Rational value = Rational(Integer(digits.empty() ? "0" : digits)) * power_of_ten(exponent);
  const std::string_view suffix = text.substr(at);
  if (suffix.empty()) return value;
  for (const Magnitude& magnitude : magnitudes) {
    if (suffix == magnitude.suffix) return value * magnitude.factor;
  }
  return std::nullopt;
}

}  // namespace lrc::syntax
