// The order of lines that do not look at one another, and lines that are no meaning.

#include <algorithm>
#include <set>

#include "compiler/syntax/parse.h"
#include "tests/properties/edit.h"

namespace lrc::test {
namespace {

std::string_view word_of(const Good& good, Item item) {
  return good.lexemes[item.first].span.text();
}

// What keeps its place among its kind: rules and groups act in their order, a `let` sees those
// above it.
std::string kind_in_order(const Good& good, Item item) {
  static const std::set<std::string_view> ordered = {"let", "group", "on", "curve"};
  static const std::set<std::string_view> conventions = {"sample", "past",  "held",
                                                         "like",   "blend", "rewarm"};
  const std::string_view word = word_of(good, item);
  if (conventions.contains(word)) return "convention";
  return ordered.contains(word) ? std::string(word) : "";
}

// A random order that keeps the order within each kind.
std::vector<std::size_t> random_order(Random& random, const std::vector<std::string>& kinds) {
  std::vector<std::size_t> order(kinds.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  random.shuffle(order);
  for (const std::string& kind : std::set<std::string>(kinds.begin(), kinds.end())) {
    if (kind.empty()) continue;
    std::vector<std::size_t> places, members;
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (kinds[order[i]] == kind) places.push_back(i), members.push_back(order[i]);
    }
    std::sort(members.begin(), members.end());
    for (std::size_t i = 0; i < places.size(); ++i) order[places[i]] = members[i];
  }
  return order;
}

std::string in_order(const Good& good, const std::vector<source::Span>& spans,
                     const std::vector<std::size_t>& order, const std::string& between) {
  std::vector<Replacement> replacements;
  for (std::size_t i = 0; i < spans.size(); ++i)
    replacements.push_back({spans[i], std::string(spans[order[i]].text()) + between});
  return replaced(good, std::move(replacements));
}

std::optional<std::string> shuffle_items(Random& random, const Good& good,
                                         const std::vector<Item>& items) {
  if (items.size() < 2) return std::nullopt;
  std::vector<std::string> kinds;
  std::vector<source::Span> spans;
  for (const Item& item : items) {
    kinds.push_back(kind_in_order(good, item));
    spans.push_back(span_of(good, item));
  }
  return in_order(good, spans, random_order(random, kinds), "\n");
}

std::optional<std::string> policy_lines(Random& random, const Good& good) {
  if (good.tree.policies.empty()) return std::nullopt;
  return shuffle_items(random, good, items_in(good, good.tree.policies[0].span));
}

std::optional<std::string> group_lines(Random& random, const Good& good) {
  std::vector<const ast::Group*> groups;
  for (const ast::Policy& policy : good.tree.policies)
    for (const ast::Group& group : policy.groups) groups.push_back(&group);
  if (groups.empty()) return std::nullopt;
  return shuffle_items(random, good, items_in(good, random.pick(groups)->span));
}

std::optional<std::string> reactions(Random& random, const Good& good) {
  std::vector<const ast::Rule*> rules;
  for (const ast::Policy& policy : good.tree.policies)
    for (const ast::Rule& rule : policy.rules) rules.push_back(&rule);
  if (rules.empty()) return std::nullopt;
  return shuffle_items(random, good, items_in(good, random.pick(rules)->span));
}

std::optional<std::string> conditions(Random& random, const Good& good) {
  std::vector<const ast::Rule*> rules;
  for (const ast::Policy& policy : good.tree.policies) {
    for (const ast::Rule& rule : policy.rules)
      if (rule.conditions.size() > 1) rules.push_back(&rule);
  }
  if (rules.empty()) return std::nullopt;
  std::vector<source::Span> spans;
  for (const ast::Condition& item : random.pick(rules)->conditions) spans.push_back(item.span);
  return in_order(good, spans, random_order(random, std::vector<std::string>(spans.size())), "");
}

// The statements of the source: definitions, the policy, tests.
std::optional<std::string> definitions(Random& random, const Good& good) {
  std::vector<Item> items;
  std::size_t depth = 0;
  if (good.tree.sentence || good.tree.policies.empty()) return std::nullopt;
  static const std::set<std::string_view> begin = {"let", "curve", "schedule", "policy", "test"};
  for (std::size_t i = 0; i < good.lexemes.size(); ++i) {
    const std::string_view text = good.lexemes[i].span.text();
    if (text == "}" || text == ")") --depth;
    const bool named = i + 1 < good.lexemes.size() &&
                       (good.lexemes[i + 1].kind == syntax::Lexeme::Kind::word || text == "test");
    if (depth == 0 && begin.contains(text) && named && good.lexemes[i].leads)
      items.push_back({i, i});
    if (!items.empty()) items.back().last = i;
    if (text == "{" || text == "(") ++depth;
  }
  return shuffle_items(random, good, items);
}

bool is_movable(const ast::Clause& clause) {
  const char first = clause.span.text()[0];
  return first != '-' && first != '(';
}

std::optional<std::string> clauses(Random& random, const Good& good) {
  std::vector<const ast::Phase*> phases;
  for (const PhaseAt& at : phases_of(good)) {
    const auto& said = at.phase->clauses;
    if (said.size() > 1 && std::all_of(said.begin(), said.end(), is_movable))
      phases.push_back(at.phase);
  }
  if (phases.empty()) return std::nullopt;
  std::vector<source::Span> spans;
  for (const ast::Clause& clause : random.pick(phases)->clauses) spans.push_back(clause.span);
  return in_order(good, spans, random_order(random, std::vector<std::string>(spans.size())), "");
}

std::optional<std::string> nonfinite_metrics(Random& random, const Good& good) {
  std::vector<const ast::Trigger*> triggers;
  for (const ast::Policy& policy : good.tree.policies) {
    for (const ast::Rule& rule : policy.rules)
      if (rule.trigger.metrics.size() > 1) triggers.push_back(&rule.trigger);
  }
  if (triggers.empty()) return std::nullopt;
  std::vector<source::Span> spans;
  for (const ast::Word& item : random.pick(triggers)->metrics) spans.push_back(item.span);
  return in_order(good, spans, random_order(random, std::vector<std::string>(spans.size())), "");
}

std::optional<std::string> add_what_is_no_meaning(Random& random, const Good& good) {
  if (good.tree.policies.empty()) return std::nullopt;
  const ast::Policy& policy = good.tree.policies[0];
  const std::string output = policy.outputs[0].name.text;
  const std::vector<std::string> lines = {
      "owner \"somebody\"", "mark \"" + fresh_name(random, good) + "\" at 50%",
      "require " + output + " never above 1e30", "require " + output + " continuous",
      "require " + output + " rises until 10%"};
  const auto items = items_in(good, policy.span);
  const source::Span place = behind(span_of(good, random.pick(items)));
  if (random.below(3) != 0) return replaced(good, {{place, "\n" + random.pick(lines) + "\n"}});
  return replaced(
      good, {{behind(policy.span), "\ntest \"" + fresh_name(random, good) + "\" for " +
                                       policy.name.text + " { " + output + " at step 0 is 1 }\n"}});
}

std::optional<std::string> remove_what_is_no_meaning(Random& random, const Good& good) {
  std::vector<Replacement> found;
  for (const ast::Test& test : good.tree.tests) found.push_back({test.span, ""});
  for (const ast::Policy& policy : good.tree.policies) {
    for (const ast::Mark& mark : policy.marks) found.push_back({mark.span, ""});
    for (const ast::Claim& claim : policy.claims) found.push_back({claim.span, ""});
  }
  for (std::size_t i = 0; i + 1 < good.lexemes.size(); ++i) {
    const auto& word = good.lexemes[i];
    const bool owner = word.begins_item && word.span.text() == "owner" &&
                       good.lexemes[i + 1].kind == syntax::Lexeme::Kind::text;
    if (owner) found.push_back({source::join(word.span, good.lexemes[i + 1].span), ""});
  }
  return one_of(random, good, found);
}

std::optional<std::string> another_version(Random& random, const Good& good) {
  if (good.tree.policies.empty()) return std::nullopt;
  return replaced(good,
                  {{good.tree.policies[0].version.span, std::to_string(1 + random.below(99))}});
}

// A sentence is the learning rate of a policy without facts.
std::optional<std::string> sentence_as_policy(Random& random, const Good& good) {
  if (!good.tree.sentence) return std::nullopt;
  return "policy " + fresh_name(random, good) + " version 1 {\n lr = " + good.source->text + "\n}";
}

std::optional<std::string> a_fact_twice(Random& random, const Good& good) {
  std::vector<Replacement> found;
  for (const ast::Policy& policy : good.tree.policies) {
    const auto twice = [&](source::Span span) {
      found.push_back({behind(span), "\n" + std::string(span.text()) + "\n"});
    };
    for (const auto& item : policy.runs) twice(item.span);
    for (const auto& item : policy.peaks) twice(item.span);
    for (const auto& item : policy.batches)
      if (item.growth.empty()) twice(item.span);
    for (const auto& item : policy.rates)
      if (item.growth.empty()) twice(item.span);
  }
  return one_of(random, good, found);
}

}  // namespace

std::vector<Edit> orders() {
  return {{"lines of a policy in another order", policy_lines},
          {"lines of a group in another order", group_lines},
          {"reactions in another order", reactions},
          {"conditions in another order", conditions},
          {"definitions in another order", definitions},
          {"clauses in another order", clauses},
          {"metrics in another order", nonfinite_metrics},
          {"owner, mark, claim or test added", add_what_is_no_meaning},
          {"owner, mark, claim or test removed", remove_what_is_no_meaning},
          {"another version", another_version},
          {"a sentence as a policy", sentence_as_policy},
          {"a fact stated twice", a_fact_twice}};
}

}  // namespace lrc::test
