#include "tests/properties/edit.h"

#include <algorithm>
#include <set>

namespace lrc::test {
namespace {

class Walk {
 public:
  std::vector<ChainAt> chains;

  void schedule(const ast::Schedule& chain, std::string output, bool whole) {
    chains.push_back({&chain, output, in_repeat_, whole});
    for (const ast::Part& part : chain.parts) {
      if (const auto* value = std::get_if<ast::Value>(&part)) this->value(*value);
      if (const auto* phase = std::get_if<ast::Phase>(&part)) this->phase(*phase);
    }
  }

  void value(const ast::Value& value) {
    for (const ast::Value& operand : value.operands) this->value(operand);
    for (const ast::Argument& argument : value.arguments) schedule(*argument.schedule, "", false);
    if (value.schedule) schedule(*value.schedule, "", false);
  }

 private:
  void phase(const ast::Phase& phase) {
    for (const ast::Argument& argument : phase.arguments) schedule(*argument.schedule, "", false);
    if (phase.formula) schedule(*phase.formula, "", false);
    for (const ast::Clause& clause : phase.clauses) {
      for (const ast::Value& item : clause.values) value(item);
    }
    if (!phase.body) return;
    const bool before = in_repeat_;
    in_repeat_ = true;
    schedule(*phase.body, "", false);
    in_repeat_ = before;
  }

  bool in_repeat_ = false;
};

bool within(source::Span inner, source::Span outer) {
  return inner.begin >= outer.begin && inner.end <= outer.end;
}

}  // namespace

std::string replaced(const Good& good, std::vector<Replacement> replacements) {
  std::stable_sort(
      replacements.begin(), replacements.end(),
      [](const Replacement& a, const Replacement& b) { return a.span.begin > b.span.begin; });
  std::string text = good.source->text;
  for (const Replacement& item : replacements)
    text.replace(item.span.begin, item.span.end - item.span.begin, item.text);
  return text;
}

std::optional<std::string> one_of(Random& random, const Good& good,
                                  const std::vector<Replacement>& replacements) {
  if (replacements.empty()) return std::nullopt;
  return replaced(good, {random.pick(replacements)});
}

source::Span behind(source::Span span) {
  span.begin = span.end;
  return span;
}

std::string fresh_name(Random& random, const Good& good) {
  static const std::vector<std::string> names = {"zeta", "eta_2", "Theta", "a_name_of_some_length",
                                                 "_q",   "k9",    "omega"};
  std::string name = random.pick(names);
  while (good.source->text.find(name) != std::string::npos)
    name += std::to_string(random.below(10));
  return name;
}

std::vector<ChainAt> chains_of(const Good& good) {
  Walk walk;
  if (good.tree.sentence) walk.schedule(*good.tree.sentence, "lr", true);
  for (const ast::Definition& definition : good.tree.definitions)
    walk.schedule(definition.schedule, "", false);
  for (const ast::Policy& policy : good.tree.policies) {
    for (const ast::Output& output : policy.outputs)
      walk.schedule(output.schedule, output.name.text, true);
    for (const ast::Group& group : policy.groups) {
      for (const ast::Output& output : group.outputs)
        walk.schedule(output.schedule, output.name.text, true);
    }
  }
  return std::move(walk.chains);
}

std::vector<PhaseAt> phases_of(const Good& good) {
  std::vector<PhaseAt> phases;
  for (const ChainAt& at : chains_of(good)) {
    for (std::size_t i = 0; i < at.chain->parts.size(); ++i) {
      const auto* phase = std::get_if<ast::Phase>(&at.chain->parts[i]);
      if (phase != nullptr && phase->formula == nullptr) phases.push_back({phase, at, i});
    }
  }
  return phases;
}

const ast::Clause* clause_of(const ast::Phase& phase, ast::ClauseKind kind) {
  for (const ast::Clause& clause : phase.clauses) {
    if (clause.kind == kind) return &clause;
  }
  return nullptr;
}

bool is_standard_shape(const std::string& word) {
  static const std::set<std::string> shapes = {"linear",     "cosine", "quarter_cosine",
                                               "sqrt",       "square", "polynomial",
                                               "smoothstep", "tanh",   "triangular"};
  return shapes.contains(word);
}

const ast::Value* shape_of(const ast::Phase& phase) {
  for (const ast::Clause& clause : phase.clauses) {
    if (clause.kind == ast::ClauseKind::reversed) return clause.values.data();
    if (clause.kind != ast::ClauseKind::value) continue;
    const ast::Value& value = clause.values[0];
    const bool shape = is_standard_shape(value.word) || value.word == "exponential";
    if (value.kind == ast::Value::Kind::call) return &value;
    if (value.kind == ast::Value::Kind::name && shape) return &value;
  }
  return nullptr;
}

bool is_meaning(const Good& good, source::Span span) {
  const auto inside = [&](source::Span other) { return within(span, other); };
  for (const ast::Test& test : good.tree.tests) {
    if (inside(test.span)) return false;
  }
  for (const ast::Policy& policy : good.tree.policies) {
    if (inside(policy.name.span) || inside(policy.version.span)) return false;
    for (const ast::Word& owner : policy.owners) {
      if (inside(owner.span)) return false;
    }
    for (const ast::Mark& mark : policy.marks) {
      if (inside(mark.span)) return false;
    }
    for (const ast::Claim& claim : policy.claims) {
      if (inside(claim.span)) return false;
    }
    for (const ast::Word& metric : policy.metrics) {
      if (inside(metric.span)) return false;
    }
  }
  return true;
}

std::vector<Item> items_in(const Good& good, source::Span braces) {
  std::vector<Item> items;
  std::size_t depth = 0;
  for (std::size_t i = 0; i < good.lexemes.size(); ++i) {
    const syntax::Lexeme& lexeme = good.lexemes[i];
    if (!within(lexeme.span, braces)) continue;
    const std::string_view text = lexeme.span.text();
    if (text == "}" || text == ")") --depth;
    if (depth == 1 && lexeme.begins_item) items.push_back({i, i});
    if (depth > 0 && !items.empty()) items.back().last = i;
    if (text == "{" || text == "(") ++depth;
  }
  return items;
}

source::Span span_of(const Good& good, Item item) {
  return source::join(good.lexemes[item.first].span, good.lexemes[item.last].span);
}

}  // namespace lrc::test
