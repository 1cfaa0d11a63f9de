// Edits that change what a policy means: another number, unit, shape, order, rule or fact.

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

#include "compiler/exact/rational.h"
#include "compiler/exact/units.h"
#include "compiler/syntax/number.h"
#include "tests/properties/edit.h"

namespace lrc::test {
namespace {

using Kind = syntax::Lexeme::Kind;

bool within(source::Span inner, source::Span outer) {
  return inner.begin >= outer.begin && inner.end <= outer.end;
}

// How often a name stands in what is meaning, its declaration included.
std::size_t uses_of(const Good& good, const std::string& name) {
  return static_cast<std::size_t>(
      std::count_if(good.lexemes.begin(), good.lexemes.end(), [&](const auto& lexeme) {
        return lexeme.kind == Kind::word && lexeme.span.text() == name &&
               is_meaning(good, lexeme.span);
      }));
}

// M13: a definition that nobody uses is gone, and so is a default where an argument is given.
bool is_used(const Good& good, source::Span span) {
  for (const ast::Curve& curve : good.tree.curves) {
    if (within(span, curve.span)) return uses_of(good, curve.name.text) > 1;
  }
  for (const ast::Definition& definition : good.tree.definitions) {
    if (!within(span, definition.span)) continue;
    return within(span, definition.schedule.span) && uses_of(good, definition.name.text) > 1;
  }
  std::vector<ast::Let> lets = good.tree.lets;
  for (const ast::Policy& policy : good.tree.policies)
    lets.insert(lets.end(), policy.lets.begin(), policy.lets.end());
  return std::none_of(lets.begin(), lets.end(), [&](const ast::Let& let) {
    return within(span, let.span) && uses_of(good, let.name.text) < 2;
  });
}

// Of plain numbers, `min` and `max` are computed, and one of them decides (C8).
bool is_decided(const Good& good, std::size_t index) {
  std::size_t open = index;
  for (std::size_t depth = 0; open > 0; --open) {
    const std::string_view text = good.lexemes[open].span.text();
    if (text == ")" && open != index) ++depth;
    if (text == "(" && depth-- == 0) break;
  }
  if (open == 0) return false;
  const std::string_view function = good.lexemes[open - 1].span.text();
  return function == "min" || function == "max";
}

// What is part of the meaning, of the given kind.
std::vector<std::size_t> meant(const Good& good, Kind kind) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < good.lexemes.size(); ++i) {
    const syntax::Lexeme& lexeme = good.lexemes[i];
    if (lexeme.kind == kind && is_meaning(good, lexeme.span) && is_used(good, lexeme.span) &&
        !is_decided(good, i))
      found.push_back(i);
  }
  return found;
}

std::pair<std::string, std::string> number_and_mark(std::string_view text) {
  const bool marked = text.back() == '%' || text.back() == 'x';
  return {std::string(text.substr(0, text.size() - (marked ? 1 : 0))),
          marked ? std::string(1, text.back()) : ""};
}

exact::Rational value_of(const Good& good, std::size_t index) {
  return *syntax::parse_number(number_and_mark(good.lexemes[index].span.text()).first);
}

std::optional<std::string> last_digit(Random& random, const Good& good) {
  const auto found = meant(good, Kind::number);
  if (found.empty()) return std::nullopt;
  const source::Span span = good.lexemes[random.pick(found)].span;
  std::string text(span.text());
  const std::size_t end = std::min(text.find_first_of("eEKMBTx%"), text.size());
  const std::size_t digit = text.find_last_of("0123456789", end - 1);
  const auto digits = std::count_if(text.begin(), text.begin() + static_cast<long>(end),
                                    [](char c) { return c >= '0' && c <= '9'; });
  if (digits > 15) return std::nullopt;
  const char before = text[digit];
  text[digit] =
      static_cast<char>('0' + (before - '0' + 1 + static_cast<int>(random.below(9))) % 10);
  return replaced(good, {{span, text}});
}

// The next binary64 number, up or down, of a number that is one.
std::optional<std::string> one_ulp(Random& random, const Good& good) {
  const auto found = meant(good, Kind::number);
  if (found.empty()) return std::nullopt;
  const std::size_t index = random.pick(found);
  const auto [text, mark] = number_and_mark(good.lexemes[index].span.text());
  const double value = exact::to_double(value_of(good, index));
  const double next = std::nextafter(value, random.coin() ? 0.0 : HUGE_VAL);
  if (value == 0.0 || exact::from_double(value) == 0) return std::nullopt;
  return replaced(good, {{good.lexemes[index].span, fmt::format("{:.17g}", next) + mark}});
}

std::optional<std::string> another_number(Random& random, const Good& good) {
  static const std::vector<std::string> factors = {"0", "0.25", "0.5", "2", "3", "10", "1000"};
  const auto found = meant(good, Kind::number);
  if (found.empty()) return std::nullopt;
  const std::size_t index = random.pick(found);
  const auto [text, mark] = number_and_mark(good.lexemes[index].span.text());
  const exact::Rational value = value_of(good, index);
  const exact::Rational other = value * *syntax::parse_number(random.pick(factors));
  if (other == value) return std::nullopt;
  return replaced(good, {{good.lexemes[index].span, exact::to_decimal(other, 40) + mark}});
}

std::optional<std::string> another_unit(Random& random, const Good& good) {
  static const std::vector<std::string> units = {"steps", "samples", "tokens", "epochs"};
  std::vector<Replacement> found;
  for (const std::size_t i : meant(good, Kind::word)) {
    const auto unit = exact::unit_named(good.lexemes[i].span.text());
    const bool behind_number = i > 0 && good.lexemes[i - 1].kind == Kind::number;
    if (!unit || !behind_number) continue;
    const std::string& other = random.pick(units);
    if (exact::unit_named(other) != unit) found.push_back({good.lexemes[i].span, other});
  }
  return one_of(random, good, found);
}

// `0.1x` or 0.1, `6%` or 6.
std::optional<std::string> no_mark(Random& random, const Good& good) {
  std::vector<Replacement> found;
  for (const std::size_t i : meant(good, Kind::number)) {
    const auto [text, mark] = number_and_mark(good.lexemes[i].span.text());
    if (value_of(good, i) == 0) continue;
    found.push_back({good.lexemes[i].span, text + (mark == "x" ? "" : mark == "%" ? "x" : "x")});
  }
  return one_of(random, good, found);
}

std::optional<std::string> another_shape(Random& random, const Good& good) {
  static const std::vector<std::string> shapes = {"cosine",     "square", "sqrt",
                                                  "smoothstep", "tanh",   "quarter_cosine"};
  std::vector<Replacement> found;
  const auto add = [&](const std::string& word, source::Span span) {
    const std::string& other = random.pick(shapes);
    if (!is_standard_shape(word) || other == word || span.text() != word) return;
    if (is_used(good, span)) found.push_back({span, other});
  };
  for (const PhaseAt& at : phases_of(good)) {
    if (at.phase->head.text == "polynomial") continue;
    add(at.phase->head.text, at.phase->head.span);
    const ast::Value* shape = shape_of(*at.phase);
    if (shape != nullptr) add(shape->word, shape->span);
  }
  return one_of(random, good, found);
}

source::Span span_of_part(const ast::Part& part) {
  return std::visit([](const auto& item) { return item.span; }, part);
}

std::optional<std::string> phases_swapped(Random& random, const Good& good) {
  std::vector<std::pair<source::Span, source::Span>> found;
  for (const ChainAt& at : chains_of(good)) {
    for (std::size_t i = 1; i < at.chain->parts.size(); ++i) {
      const source::Span a = span_of_part(at.chain->parts[i - 1]);
      const source::Span b = span_of_part(at.chain->parts[i]);
      if (a.text() != b.text() && is_used(good, a)) found.emplace_back(a, b);
    }
  }
  if (found.empty()) return std::nullopt;
  const auto& [a, b] = random.pick(found);
  return replaced(good, {{a, std::string(b.text())}, {b, std::string(a.text())}});
}

std::optional<std::string> phase_dropped(Random& random, const Good& good) {
  std::vector<Replacement> found;
  for (const ChainAt& at : chains_of(good)) {
    const auto& parts = at.chain->parts;
    for (std::size_t i = 0; i < parts.size() && parts.size() > 1; ++i) {
      source::Span span = span_of_part(parts[i]);
      if (!is_used(good, span)) continue;
      if (i > 0)
        span.begin = span_of_part(parts[i - 1]).end;
      else
        span.end = span_of_part(parts[1]).begin;
      found.push_back({span, " "});
    }
  }
  return one_of(random, good, found);
}

std::optional<std::string> phase_added(Random& random, const Good& good) {
  static const std::vector<std::string> phases = {"hold for 1 step", "linear to 0.5x for 10 steps",
                                                  "hold 0.3x for 1 epoch", "cosine to 0 for 1%"};
  std::vector<Replacement> found;
  for (const ChainAt& at : chains_of(good)) {
    for (const ast::Part& part : at.chain->parts) {
      source::Span before = span_of_part(part);
      if (!is_used(good, before)) continue;
      before.end = before.begin;
      if (std::holds_alternative<ast::Phase>(part))
        found.push_back({before, random.pick(phases) + " then "});
    }
  }
  return one_of(random, good, found);
}

// Facts that are stated twice, and conventions that say what goes without saying, may be dropped.
bool matters(const Good& good, Item item, const std::vector<Item>& all) {
  static const std::set<std::string_view> never = {"owner", "mark", "require", "metric", "sample",
                                                   "past",  "held", "like",    "let"};
  const std::string_view first = good.lexemes[item.first].span.text();
  const source::Span span = span_of(good, item);
  if (first == "stop" || never.contains(first)) return first == "stop";
  return std::none_of(all.begin(), all.end(), [&](const Item& other) {
    return other.first != item.first && span_of(good, other).text() == span.text();
  });
}

std::optional<std::string> line_dropped(Random& random, const Good& good) {
  if (good.tree.policies.empty()) return std::nullopt;
  const ast::Policy& policy = good.tree.policies[0];
  std::vector<Replacement> found;
  const auto add = [&](source::Span braces) {
    const auto items = items_in(good, braces);
    for (const Item& item : items)
      if (matters(good, item, items)) found.push_back({span_of(good, item), ""});
  };
  add(policy.span);
  for (const ast::Group& group : policy.groups) add(group.span);
  return one_of(random, good, found);
}

std::optional<std::string> line_added(Random& random, const Good& good) {
  if (good.tree.policies.empty()) return std::nullopt;
  const ast::Policy& policy = good.tree.policies[0];
  const std::string output = policy.outputs[0].name.text;
  const std::vector<std::string> lines = {
      "zeta = 0.5",
      "zeta = constant peak zeta = 2",
      "param zeta: steps = 10 steps in 1 step .. 20 steps",
      "clamp " + output + " to 1e-30 .. 1e30",
      "group zeta matches \"zeta.*\" { " + output + " by 0.5 }",
      "group zeta matches \"zeta.*\" { " + output + " by 1 }",
      "group zeta matches \"zeta.*\" { clamp " + output + " to 0 .. 1e30 }",
      "on nonfinite zeta { " + output + " by 0.5 for 10 steps }",
      "on plateau of zeta falling for 5 evals { " + output + " by 0.5, at most 3 times }",
      "peak 0.123",
      "run 123_457 steps",
      "1 epoch = 777 steps",
      "batch 333 samples per step",
      "1 sample = 55 tokens",
      "stop at 99%"};
  const auto items = items_in(good, policy.span);
  const source::Span place = behind(span_of(good, random.pick(items)));
  return replaced(good, {{place, "\n" + random.pick(lines) + "\n"}});
}

std::optional<std::string> groups_or_rules_swapped(Random& random, const Good& good) {
  if (good.tree.policies.empty()) return std::nullopt;
  const ast::Policy& policy = good.tree.policies[0];
  std::vector<source::Span> spans;
  if (random.coin()) {
    for (const ast::Group& group : policy.groups) spans.push_back(group.span);
  } else {
    for (const ast::Rule& rule : policy.rules) spans.push_back(rule.span);
  }
  if (spans.size() < 2) return std::nullopt;
  const std::size_t at = random.below(spans.size() - 1);
  const source::Span a = spans[at], b = spans[at + 1];
  if (a.text() == b.text()) return std::nullopt;
  return replaced(good, {{a, std::string(b.text())}, {b, std::string(a.text())}});
}

// Names that are part of the meaning: of outputs, parameters and groups, everywhere.
std::optional<std::string> other_name(Random& random, const Good& good) {
  std::vector<std::string> names;
  for (const ast::Policy& policy : good.tree.policies) {
    for (const auto& item : policy.outputs)
      if (item.name.text != "lr") names.push_back(item.name.text);
    for (const auto& item : policy.parameters) names.push_back(item.name.text);
    for (const auto& item : policy.groups) names.push_back(item.name.text);
  }
  if (names.empty()) return std::nullopt;
  const std::string& name = random.pick(names);
  const std::string fresh = fresh_name(random, good);
  std::vector<Replacement> replacements;
  for (const syntax::Lexeme& lexeme : good.lexemes)
    if (lexeme.span.text() == name) replacements.push_back({lexeme.span, fresh});
  return replaced(good, std::move(replacements));
}

std::optional<std::string> other_pattern(Random& random, const Good& good) {
  std::vector<Replacement> found;
  for (const ast::Policy& policy : good.tree.policies) {
    for (const ast::Group& group : policy.groups) {
      for (const ast::Word& pattern : group.patterns) {
        std::string text(pattern.span.text());
        text.insert(1, 1, static_cast<char>('a' + random.below(26)));
        found.push_back({pattern.span, text});
        found.push_back({pattern.span, ""});
      }
    }
  }
  return one_of(random, good, found);
}

// A word for another one of its kind.
std::optional<std::string> other_word(Random& random, const Good& good) {
  static const std::map<std::string_view, std::string> others = {
      {"falling", "rising"}, {"rising", "falling"}, {"above", "below"},   {"below", "above"},
      {"plateau", "spike"},  {"linear", "sqrt"},    {"sqrt", "linear"},   {"mirror", "hold"},
      {"continue", "error"}, {"per", "every"},      {"for", "until"},     {"until", "for"},
      {"warmup", "anneal"},  {"min", "max"},        {"max", "min"},       {"rsqrt", "hold"},
      {"cosine", "linear"},  {"repeat", "hold"},    {"frozen", "lr by 2"}};
  std::vector<Replacement> found;
  for (const std::size_t i : meant(good, Kind::word)) {
    const auto other = others.find(good.lexemes[i].span.text());
    if (i > 0 && good.lexemes[i - 1].span.text() == "frozen") continue;  // either way the same
    if (other != others.end()) found.push_back({good.lexemes[i].span, other->second});
  }
  return one_of(random, good, found);
}

}  // namespace

std::vector<Edit> changes() {
  return {{"last digit", last_digit},         {"one ulp", one_ulp},
          {"another number", another_number}, {"another unit", another_unit},
          {"another mark", no_mark},          {"another shape", another_shape},
          {"phases swapped", phases_swapped}, {"phase dropped", phase_dropped},
          {"phase added", phase_added},       {"line dropped", line_dropped},
          {"line added", line_added},         {"groups or rules swapped", groups_or_rules_swapped},
          {"name that is meant", other_name}, {"pattern", other_pattern},
          {"word for another", other_word}};
}

}  // namespace lrc::test
