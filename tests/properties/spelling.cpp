// Layout, and the ways to write one number.

#include <algorithm>
#include <set>

#include "compiler/exact/rational.h"
#include "compiler/exact/units.h"
#include "compiler/format/format.h"
#include "compiler/syntax/number.h"
#include "tests/properties/edit.h"

namespace lrc::test {
namespace {

using Kind = syntax::Lexeme::Kind;

std::string space(Random& random, bool needed) {
  static const std::vector<std::string> spaces = {
      " ", "  ", "\n", "\t", "\r\n", "\n\n   ", " # a comment: { ( \" then\n", "#\n"};
  if (!needed && random.below(4) != 0) return "";
  return random.pick(spaces);
}

std::optional<std::string> layout(Random& random, const Good& good) {
  std::string text = random.below(4) == 0 ? "# first\n" : "";
  std::uint32_t end = 0;
  const std::size_t rarely = 1 + random.below(8);  // of the gaps stay as they are
  for (const syntax::Lexeme& lexeme : good.lexemes) {
    const bool apart = lexeme.span.begin > end && end > 0;
    if (random.below(rarely) == 0 || end == 0)
      text += space(random, apart);
    else if (apart)
      text += good.source->text.substr(end, lexeme.span.begin - end);
    text += lexeme.span.text();
    end = lexeme.span.end;
  }
  return text + space(random, false);
}

std::optional<std::string> formatter(Random&, const Good& good) {
  return format::format(*good.source).text;
}

// D·10^E, D without zeros in front.
struct Decimal {
  std::string digits;
  int exponent = 0;
};

Decimal decimal_of(const exact::Rational& value) {
  const std::string text = exact::to_decimal(value, 60);
  Decimal built;
  const std::size_t mantissa_end = std::min(text.find('e'), text.size());
  bool behind_point = false;
  for (const char c : text.substr(0, mantissa_end)) {
    if (c == '.') behind_point = true;
    if (c < '0' || c > '9') continue;
    built.digits += c;
    if (behind_point) --built.exponent;
  }
  built.digits.erase(0, built.digits.find_first_not_of('0'));
  if (mantissa_end < text.size()) built.exponent += std::stoi(text.substr(mantissa_end + 1));
  return built;
}

std::string with_point(std::string digits, int exponent) {
  if (exponent >= 0) return digits + std::string(static_cast<std::size_t>(exponent), '0');
  const auto behind = static_cast<std::size_t>(-exponent);
  if (digits.size() <= behind) digits.insert(0, behind + 1 - digits.size(), '0');
  return digits.insert(digits.size() - behind, 1, '.');
}

std::string plain(Random& random, const Decimal& value) {
  std::string text = with_point(value.digits, value.exponent);
  const std::size_t point = std::min(text.find('.'), text.size());
  for (std::size_t at = point; at > 3 && random.coin();) text.insert(at -= 3, "_");
  if (text.find('.') == std::string::npos && random.below(3) == 0) text += ".";
  if (text.find('.') != std::string::npos) text += std::string(random.below(3), '0');
  return text.back() == '.' ? text + "0" : text;
}

std::string scientific(Random& random, const Decimal& value) {
  const std::size_t behind = random.below(value.digits.size() + 2);
  const int exponent = value.exponent + static_cast<int>(behind);
  const std::string sign = exponent >= 0 && random.coin() ? "+" : "";
  return with_point(value.digits, -static_cast<int>(behind)) + (random.coin() ? "e" : "E") + sign +
         (exponent >= 0 && random.coin() ? "0" : "") + std::to_string(exponent);
}

std::string respelt(Random& random, std::string_view written) {
  const auto value = syntax::parse_number(written);
  if (!value || exact::to_decimal(*value, 60).ends_with("…")) return std::string(written);
  Decimal decimal = decimal_of(*value);
  if (decimal.digits.empty()) return random.coin() ? "0" : random.coin() ? "0.00" : "0e3";
  if (decimal.digits.size() > 20 || std::abs(decimal.exponent) > 15) return std::string(written);
  const std::size_t way = random.below(3);
  if (way == 0) return plain(random, decimal);
  if (way == 1) return scientific(random, decimal);
  const std::size_t magnitude = random.below(4);
  decimal.exponent -= 3 * (static_cast<int>(magnitude) + 1);
  return plain(random, decimal) + "KMBT"[magnitude];
}

std::optional<std::string> numbers(Random& random, const Good& good) {
  std::vector<Replacement> replacements;
  for (const syntax::Lexeme& lexeme : good.lexemes) {
    if (lexeme.kind != Kind::number || random.below(3) != 0) continue;
    std::string_view text = lexeme.span.text();
    const bool marked = text.back() == '%' || text.back() == 'x';
    std::string mark = marked ? std::string(1, text.back()) : std::string();
    if (marked) text.remove_suffix(1);
    if (marked && random.below(4) == 0) mark.insert(0, " ");
    replacements.push_back({lexeme.span, respelt(random, text) + mark});
  }
  if (replacements.empty()) return std::nullopt;
  return replaced(good, std::move(replacements));
}

// `1 step` or `1 steps`, whatever the number.
std::optional<std::string> plurals(Random& random, const Good& good) {
  std::vector<Replacement> found;
  for (std::size_t i = 1; i < good.lexemes.size(); ++i) {
    const std::string word(good.lexemes[i].span.text());
    if (good.lexemes[i].kind != Kind::word || !exact::unit_named(word)) continue;
    static const std::set<std::string_view> points = {"start", "middle", "end"};
    const bool reading =
        i + 1 < good.lexemes.size() && points.contains(good.lexemes[i + 1].span.text());
    if (good.lexemes[i - 1].kind != Kind::number || reading) continue;
    const bool plural = word.back() == 's';
    found.push_back({good.lexemes[i].span, plural ? word.substr(0, word.size() - 1) : word + "s"});
  }
  return one_of(random, good, found);
}

}  // namespace

std::vector<Edit> spellings() {
  return {{"another layout", layout},
          {"lrc fmt", formatter},
          {"numbers spelt otherwise", numbers},
          {"singular and plural", plurals}};
}

}  // namespace lrc::test
