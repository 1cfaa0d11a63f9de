#include "compiler/backends/c/literal.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>

namespace lrc::backends::c {
namespace {

bool fits_word(Integer value) {
  using Word = std::numeric_limits<std::int64_t>;
  return Word::min() < value && value <= Word::max();
}

// Multiples of 1/1024 of a few digits are what their decimals say.
bool is_short_decimal(double value) {
  return std::abs(value) < 0x1p53 && value * 1024 == std::floor(value * 1024) &&
         shortest(value).find('e') == std::string::npos;
}

std::string hexadecimal(double value) {
  char text[40];
  const auto end =
      std::to_chars(std::begin(text), std::end(text), std::abs(value), std::chars_format::hex).ptr;
  return fmt::format("{}0x{}", std::signbit(value) ? "-" : "", std::string_view(text, end));
}

}  // namespace

std::string shortest(double value) { return fmt::format("{}", value); }

std::string real_literal(double value) {
  if (value == std::floor(value) && std::abs(value) < 0x1p53 && !std::signbit(value))
    return fmt::format("{}.0", static_cast<Integer>(value));
  if (!is_short_decimal(value)) return hexadecimal(value) + " /* " + shortest(value) + " */";
  const std::string text = shortest(value);
  return text.find('.') == std::string::npos ? text + ".0" : text;
}

std::string integer_literal(Integer value) {
  if (fits_word(value)) {
    const bool is_int = std::abs(static_cast<double>(value)) < 0x1p31;
    return is_int ? fmt::format("{}", value) : fmt::format("INT64_C({})", value);
  }
  return fmt::format("LRC1_WRITTEN_INTEGER({:#x}, {:#x}) /* {} */",
                     static_cast<std::uint64_t>(value >> 64), static_cast<std::uint64_t>(value),
                     value);
}

std::string bits_literal(std::uint64_t bits) { return fmt::format("UINT64_C(0x{:016x})", bits); }

std::string identifier(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool kept = ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || ('0' <= c && c <= '9');
    result += kept ? c : '_';
  }
  return result;
}

std::string comment(std::string_view text) {
  std::string result(text);
  // A line must not end in a backslash, which would continue it, and "*/" would end a comment.
  for (char& c : result) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\\') c = ' ';
  }
  for (auto at = result.find("*/"); at != std::string::npos; at = result.find("*/"))
    result.insert(at + 1, " ");
  for (auto at = result.find("/*"); at != std::string::npos; at = result.find("/*"))
    result.insert(at + 1, " ");
  return result;
}

}  // namespace lrc::backends::c
