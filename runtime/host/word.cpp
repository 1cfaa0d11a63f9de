#include "runtime/host/word.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace lrc::runtime {
namespace {

using Kind = Word::Kind;

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  constexpr std::string_view blanks = " \t\r\n";
  for (std::size_t begin = text.find_first_not_of(blanks); begin != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(blanks, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = text.find_first_not_of(blanks, end);
  }
  return parts;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// How often a suffix multiplies by a thousand, and takes it off.
int thousands(std::string_view& text) {
  constexpr std::string_view suffixes = "KMBT";
  const std::size_t found = text.empty() ? std::string_view::npos : suffixes.find(text.back());
  if (found == std::string_view::npos) return 0;
  text.remove_suffix(1);
  return static_cast<int>(found) + 1;
}

bool grow(std::int64_t& value, std::int64_t factor, std::int64_t digit) {
  return !__builtin_mul_overflow(value, factor, &value) &&
         !__builtin_add_overflow(value, digit, &value);
}

std::optional<std::int64_t> parse_count(std::string_view text) {
  int thousands_left = thousands(text);
  if (text.empty() || !is_digit(text.front()) || !is_digit(text.back())) return std::nullopt;
  std::int64_t value = 0;
  for (std::size_t k = 0; k < text.size(); ++k) {
    if (text[k] == '_' && text[k - 1] != '_') continue;
    if (!is_digit(text[k]) || !grow(value, 10, text[k] - '0')) return std::nullopt;
  }
  for (; thousands_left > 0; --thousands_left) {
    if (!grow(value, 1000, 0)) return std::nullopt;
  }
  return value;
}

tl::unexpected<std::string> refused(std::string_view text, std::string_view why) {
  return tl::unexpected("`" + std::string(text.substr(0, 60)) + "` " + std::string(why) +
                        ". Words to go on by are\n" + std::string(words_to_choose_from()));
}

tl::expected<Word, std::string> over(std::string_view text, Kind kind, std::string_view number,
                                     std::string_view unit) {
  if (unit != "steps" && unit != "step") {
    return refused(text,
                   "must say how long in steps, which are updates of the optimizer, and in no "
                   "other unit");
  }
  const auto count = parse_count(number);
  if (!count) return refused(text, "needs a whole number of steps below 2^63");
  if (*count == 0) return refused(text, "needs at least 1 step; at once is `rebind`");
  return Word{kind, *count};
}

}  // namespace

tl::expected<Word, std::string> parse_word(std::string_view text) {
  const auto parts = split(text);
  const std::string_view verb = parts.empty() ? "" : parts.front();
  if (parts.size() == 1 && verb == "keep") return Word{Kind::keep};
  if (parts.size() == 1 && verb == "rebind") return Word{Kind::rebind};
  if (parts.size() >= 2 && verb == "rewind" && parts[1] == "to") {
    const auto count = parts.size() == 3 ? parse_count(parts[2]) : std::nullopt;
    if (!count) return refused(text, "needs the number of an update, without a unit");
    return Word{Kind::rewind, *count};
  }
  if (parts.size() >= 2 && (verb == "rewarm" || verb == "blend") && parts[1] == "over") {
    const auto part = [&](std::size_t k) { return k < parts.size() ? parts[k] : ""; };
    const std::string_view unit = parts.size() == 4 ? part(3) : "";
    return over(text, verb == "rewarm" ? Kind::rewarm : Kind::blend, part(2), unit);
  }
  return refused(text, "does not say how to go on");
}

std::string text_of(const Word& word) {
  const std::string count = std::to_string(word.count);
  const std::string steps = count + (word.count == 1 ? " step" : " steps");
  switch (word.kind) {
    case Kind::keep: return "keep";
    case Kind::rebind: return "rebind";
    case Kind::rewarm: return "rewarm over " + steps;
    case Kind::blend: return "blend over " + steps;
    case Kind::rewind: return "rewind to " + count;
  }
  __builtin_unreachable();
}

std::string_view words_to_choose_from() noexcept {
  return "  keep                 the saved policy and facts stay in force\n"
         "  rebind               the new ones are in force at once, whatever jump that is\n"
         "  rewarm over N steps  the new ones, lr rising to them from 0\n"
         "  blend over N steps   the new ones, every value going to them from where it stood\n"
         "  rewind to N          the new ones, from update N on, which lies behind\n";
}

}  // namespace lrc::runtime
