#include "compiler/import/text.h"

#include <cmath>
#include <cstdlib>
#include <sstream>

#include <fmt/format.h>

namespace lrc::import {

namespace {

// `2.5e-4` for `0.00025`: below a thousandth nobody counts zeros.
std::string without_zeros(const std::string& text) {
  const std::string sign = text.starts_with("-") ? "-" : "", start = sign + "0.000";
  if (!text.starts_with(start) || text.find('e') != std::string::npos) return text;
  const std::size_t point = sign.size() + 1, first = text.find_first_of("123456789");
  const std::string rest = text.substr(first + 1);
  return fmt::format("{}{}{}{}e-{}", sign, text[first], rest.empty() ? "" : ".", rest,
                     first - point);
}

}  // namespace

std::string number(double value) {
  std::string text = without_zeros(fmt::format("{}", value));
  if (const std::size_t at = text.find("e-0"); at != std::string::npos) text.erase(at + 2, 1);
  if (const std::size_t at = text.find("e+"); at != std::string::npos) text.erase(at + 1, 1);
  return text;
}

std::string count(double value) {
  std::string text = number(value);
  if (text.find('e') != std::string::npos) {
    constexpr double largest = 1e18;
    if (value != std::floor(value) || std::abs(value) >= largest) return text;
    text = fmt::format("{:.0f}", value);
  }
  const std::size_t digits = std::min(text.find('.'), text.size());
  constexpr std::size_t shortest_parted = 5, group = 3;
  if (digits < shortest_parted) return text;
  for (std::size_t at = digits; at > group; at -= group) text.insert(at - group, "_");
  return text;
}

std::string percent(double share) {
  constexpr double hundred = 100;
  for (int digits = 1; digits <= 17; ++digits) {
    const std::string text = fmt::format("{:.{}g}", share * hundred, digits);
    // As the compiler reads it: the decimal, its point moved, rounded once.
    if (text.find('e') == std::string::npos &&
        std::strtod((text + "e-2").c_str(), nullptr) == share)
      return text + "%";
  }
  return number(share * hundred) + "%";
}

std::string quotient(double value, double divisor) {
  constexpr int short_decimal = 8;
  const std::string text = fmt::format("{:.{}g}", value / divisor, short_decimal);
  if (std::strtod(text.c_str(), nullptr) * divisor == value)
    return number(std::strtod(text.c_str(), nullptr));
  return number(value) + " / " + number(divisor);
}

std::string length(double value, const Unit& unit) {
  return count(value) + " " + (value == 1 ? unit.one : unit.many);
}

std::string comment(const std::string& text) {
  constexpr std::size_t columns = 98;
  std::istringstream words(text);
  std::string lines, line;
  for (std::string word; words >> word;) {
    if (!line.empty() && line.size() + 1 + word.size() > columns) {
      lines += "# " + line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return lines + "# " + line + "\n";
}

}  // namespace lrc::import
