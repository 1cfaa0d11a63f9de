#include "tests/properties/mutation.h"

#include <array>
#include <functional>
#include <optional>

#include "compiler/exact/units.h"

namespace lrc::test {
namespace {

using Kind = syntax::Lexeme::Kind;

constexpr std::array<std::string_view, 79> keywords = {
    "use",      "let",         "curve",  "schedule", "policy",    "version", "owner",   "run",
    "stop",     "batch",       "per",    "growing",  "peak",      "param",   "in",      "group",
    "matches",  "of",          "clamp",  "to",       "scale",     "with",    "from",    "mark",
    "at",       "require",     "metric", "on",       "frozen",    "for",     "until",   "over",
    "never",    "above",       "below",  "rises",    "falls",     "after",   "reaches", "ends",
    "plateau",  "spike",       "its",    "mean",     "nonfinite", "not",     "most",    "times",
    "cooldown", "warmup",      "hold",   "constant", "step",      "rsqrt",   "repeat",  "cycle",
    "anneal",   "exponential", "power",  "then",     "last",      "every",   "by",      "swing",
    "between",  "and",         "up",     "reversed", "timescale", "linear",  "cosine",  "sample",
    "start",    "end",         "late",   "past",     "like",      "held",    "rounded"};
constexpr std::array<std::string_view, 9> units = {"steps",  "step",  "samples", "sample", "tokens",
                                                   "epochs", "epoch", "%",       "x"};
constexpr std::array<std::string_view, 7> extras = {"(", ")", "{", "}", ",", "..", "="};

bool is_bracket_or_comma(std::string_view text) {
  return text == "(" || text == ")" || text == "{" || text == "}" || text == ",";
}

// Of `6%`, the `%`; of a word, all of it.
std::string unit_of(const syntax::Lexeme& lexeme) {
  const std::string text(lexeme.span.text());
  if (lexeme.kind == Kind::word) return exact::unit_named(text) ? text : std::string();
  const bool marked = lexeme.kind == Kind::number && (text.back() == '%' || text.back() == 'x');
  return marked ? text.substr(text.size() - 1) : std::string();
}

struct Change {
  std::string_view kind;
  std::function<bool(const syntax::Lexeme&)> applies;
  std::function<std::string(const syntax::Lexeme&)> replacement;
};

}  // namespace

std::string Mutations::misspelt(std::string word) {
  const std::size_t at = below(word.size());
  const char letter = static_cast<char>('a' + below(26));
  switch (below(4)) {
    case 0: return word.size() > 1 ? word.erase(at, 1) : word + letter;
    case 1: word[at] = letter; return word;
    case 2: return word.insert(at, 1, letter);
    default: break;
  }
  if (at + 1 < word.size()) std::swap(word[at], word[at + 1]);
  return word;
}

std::string Mutations::other_number(const std::string& number) {
  static constexpr std::array<std::string_view, 12> numbers = {
      "0", "1", "2", "0.5", "100", "1000", "1e9", "3.7", "1e-9", "50%", "0.1x", "2K"};
  if (below(2) == 0) return std::string(numbers[below(numbers.size())]);
  std::string changed = number;
  const std::size_t digit = changed.find_first_of("0123456789", below(number.size()));
  if (digit != std::string::npos) changed[digit] = static_cast<char>('0' + below(10));
  return changed;
}

std::string Mutations::other_unit(const std::string& unit) {
  std::string_view other = units[below(units.size())];
  const bool spaced = unit != "%" && unit != "x" && other != "%" && other != "x";
  return (spaced || other == "%" || other == "x" ? "" : " ") + std::string(other);
}

Mutant Mutations::mutate(const Good& good) {
  const auto of_file = [&] {
    return std::string(good.lexemes[below(good.lexemes.size())].span.text());
  };
  const auto text = [](const syntax::Lexeme& lexeme) { return std::string(lexeme.span.text()); };
  const auto any = [](const syntax::Lexeme&) { return true; };
  const std::array<Change, 10> changes = {{
      {"deleted", any, [](const syntax::Lexeme&) { return std::string(); }},
      {"duplicated", any, [&](const auto& lexeme) { return text(lexeme) + " " + text(lexeme); }},
      {"replaced by one of the file", any, [&](const auto&) { return of_file(); }},
      {"replaced by a keyword", any,
       [&](const auto&) { return std::string(keywords[below(keywords.size())]); }},
      {"misspelt", [](const auto& lexeme) { return lexeme.kind == Kind::word; },
       [&](const auto& lexeme) { return misspelt(text(lexeme)); }},
      {"another unit", [](const auto& lexeme) { return !unit_of(lexeme).empty(); },
       [&](const auto& lexeme) {
         const std::string unit = unit_of(lexeme), all = text(lexeme);
         return all.substr(0, all.size() - unit.size()) + other_unit(unit);
       }},
      {"no unit", [](const auto& lexeme) { return !unit_of(lexeme).empty(); },
       [&](const auto& lexeme) {
         return text(lexeme).substr(0, text(lexeme).size() - unit_of(lexeme).size());
       }},
      {"another number", [](const auto& lexeme) { return lexeme.kind == Kind::number; },
       [&](const auto& lexeme) { return other_number(text(lexeme)); }},
      {"a sign too much", any,
       [&](const auto& lexeme) {
         return text(lexeme) + " " + std::string(extras[below(extras.size())]);
       }},
      {"a bracket or comma left out",
       [&](const auto& lexeme) { return is_bracket_or_comma(lexeme.span.text()); },
       [](const auto&) { return std::string(); }},
  }};
  while (true) {
    const Change& change = changes[below(changes.size())];
    std::vector<const syntax::Lexeme*> fitting;
    for (const syntax::Lexeme& lexeme : good.lexemes)
      if (change.applies(lexeme)) fitting.push_back(&lexeme);
    if (fitting.empty()) continue;
    const syntax::Lexeme& chosen = *fitting[below(fitting.size())];
    Mutant mutant{good.source->text, change.kind,
                  source::position(*good.source, chosen.span.begin).line, text(chosen),
                  change.replacement(chosen)};
    mutant.text.replace(chosen.span.begin, chosen.span.end - chosen.span.begin, mutant.is);
    return mutant;
  }
}

}  // namespace lrc::test
