// Names that are gone from the canonical text, and what they stand for in their place.

#include <algorithm>
#include <map>
#include <set>

#include "compiler/compile/standard_library.h"
#include "tests/properties/edit.h"

namespace lrc::test {
namespace {

using Kind = syntax::Lexeme::Kind;
using VKind = ast::Value::Kind;

void add(std::set<std::string>& names, const std::vector<ast::Word>& words) {
  for (const ast::Word& word : words) names.insert(word.text);
}

// Names that stay: of outputs, parameters, groups, metrics and of the standard library.
std::set<std::string> kept_names(const Good& good) {
  std::set<std::string> names = {"lr", "u", "progress", "peak"};
  for (const ast::Policy& policy : good.tree.policies) {
    for (const auto& item : policy.outputs) names.insert(item.name.text);
    for (const auto& item : policy.parameters) names.insert(item.name.text);
    for (const auto& item : policy.groups) names.insert(item.name.text);
    add(names, policy.metrics);
    for (const auto& item : policy.rules) add(names, item.trigger.metrics);
  }
  return names;
}

bool is_word_of_the_library(const std::string& name) {
  static const std::set<std::string> words = [] {
    std::set<std::string> found;
    for (const auto& module : compile::standard_modules()) {
      const auto source = source::make_source("<module>", std::string(module.text));
      for (const auto& lexeme : syntax::parse_lexemes(*source).tree)
        found.insert(std::string(lexeme.span.text()));
    }
    return found;
  }();
  return words.contains(name);
}

std::vector<std::string> names_that_go(const Good& good) {
  std::set<std::string> found;
  for (const auto& item : good.tree.lets) found.insert(item.name.text);
  for (const auto& item : good.tree.curves) {
    found.insert(item.name.text);
    add(found, item.parameters);
  }
  for (const auto& item : good.tree.definitions) {
    found.insert(item.name.text);
    for (const auto& formal : item.formals) found.insert(formal.name.text);
  }
  for (const auto& policy : good.tree.policies) {
    found.insert(policy.name.text);
    for (const auto& item : policy.lets) found.insert(item.name.text);
  }
  for (const std::string& name : kept_names(good)) found.erase(name);
  std::erase_if(found, is_word_of_the_library);
  return {found.begin(), found.end()};
}

std::vector<Replacement> everywhere(const Good& good, const std::string& name,
                                    const std::string& other) {
  std::vector<Replacement> replacements;
  for (const syntax::Lexeme& lexeme : good.lexemes) {
    if (lexeme.kind == Kind::word && lexeme.span.text() == name)
      replacements.push_back({lexeme.span, other});
  }
  return replacements;
}

std::optional<std::string> rename(Random& random, const Good& good) {
  const auto names = names_that_go(good);
  if (names.empty()) return std::nullopt;
  return replaced(good, everywhere(good, random.pick(names), fresh_name(random, good)));
}

// `layers.{i}.*` and `i`.
std::optional<std::string> rename_capture(Random& random, const Good& good) {
  std::vector<const ast::Group*> groups;
  for (const ast::Policy& policy : good.tree.policies) {
    for (const ast::Group& group : policy.groups)
      if (group.of) groups.push_back(&group);
  }
  if (groups.empty()) return std::nullopt;
  const ast::Group& group = *random.pick(groups);
  const std::string& pattern = group.patterns[0].text;
  const std::size_t open = pattern.find('{');
  const std::string name = pattern.substr(open + 1, pattern.find('}') - open - 1);
  const std::string fresh = fresh_name(random, good);
  std::vector<Replacement> replacements;
  for (const Replacement& item : everywhere(good, name, fresh)) {
    if (item.span.begin > group.span.begin && item.span.end < group.span.end)
      replacements.push_back(item);
  }
  for (const ast::Word& word : group.patterns) {
    std::string text(word.span.text());
    text.replace(text.find('{') + 1, name.size(), fresh);
    replacements.push_back({word.span, text});
  }
  return replaced(good, std::move(replacements));
}

// The quantities that a `let` may stand for.
std::vector<const ast::Value*> literals(const Good& good) {
  std::vector<const ast::Value*> found;
  const auto add = [&](const ast::Value& value) {
    if (value.kind <= VKind::unit && value.span.text()[0] != '-' && value.word != "1")
      found.push_back(&value);
  };
  for (const PhaseAt& at : phases_of(good)) {
    if (at.at.output.empty()) continue;
    for (const ast::Clause& clause : at.phase->clauses) {
      using enum ast::ClauseKind;
      const bool unit_only = (clause.kind == every || clause.kind == per) &&
                             clause.values[0].span.text() == clause.values[0].word;
      if (clause.kind == ast::ClauseKind::at || clause.kind == times || unit_only) continue;
      for (const ast::Value& value : clause.values) add(value);
    }
  }
  for (const ast::Policy& policy : good.tree.policies) {
    for (const auto& item : policy.runs) add(item.length);
    for (const auto& item : policy.peaks) add(item.value);
    for (const auto& item : policy.clamps) add(item.low), add(item.high);
    for (const auto& group : policy.groups)
      for (const auto& item : group.factors) add(item.by);
  }
  return found;
}

std::optional<std::string> name_a_quantity(Random& random, const Good& good) {
  const auto found = literals(good);
  if (found.empty() || good.tree.policies.empty()) return std::nullopt;
  const ast::Value& value = *random.pick(found);
  const std::string name = fresh_name(random, good);
  const std::string let = "let " + name + " = " + std::string(value.span.text());
  const ast::Policy& policy = good.tree.policies[0];
  if (random.coin()) {
    source::Span before = policy.span;
    before.end = before.begin;
    return replaced(good, {{value.span, name}, {before, let + "\n"}});
  }
  source::Span inside = policy.version.span;
  for (const syntax::Lexeme& lexeme : good.lexemes) {
    if (lexeme.span.begin < policy.version.span.end || lexeme.span.text() != "{") continue;
    inside = behind(lexeme.span);
    break;
  }
  return replaced(good, {{value.span, name}, {inside, " " + let + "\n"}});
}

std::optional<std::string> put_a_quantity_in_place(Random& random, const Good& good) {
  std::vector<const ast::Let*> lets;
  for (const ast::Let& let : good.tree.lets) lets.push_back(&let);
  for (const ast::Policy& policy : good.tree.policies)
    for (const ast::Let& let : policy.lets) lets.push_back(&let);
  const auto renamable = names_that_go(good);
  std::set<std::string> arguments;  // in whose definition the name is theirs
  for (const ast::Definition& item : good.tree.definitions)
    for (const ast::Formal& formal : item.formals) arguments.insert(formal.name.text);
  std::erase_if(lets, [&](const ast::Let* let) {
    const bool goes =
        std::find(renamable.begin(), renamable.end(), let->name.text) != renamable.end();
    return !goes || arguments.contains(let->name.text);
  });
  if (lets.empty()) return std::nullopt;
  const ast::Let& let = *random.pick(lets);
  const std::string value = "(" + std::string(let.value.span.text()) + ")";
  auto replacements = everywhere(good, let.name.text, value);
  std::erase_if(replacements, [&](const Replacement& item) {
    return item.span.begin >= let.span.begin && item.span.end <= let.span.end;
  });
  replacements.push_back({let.span, ""});
  return replaced(good, std::move(replacements));
}

source::Span start_of(const Good& good) {
  source::Span span = good.lexemes.front().span;
  for (const syntax::Lexeme& lexeme : good.lexemes) {
    const std::string_view word = lexeme.span.text();
    if (!lexeme.begins_item || word == "use") continue;
    span = lexeme.span;
    break;
  }
  span.end = span.begin;
  return span;
}

std::optional<std::string> name_a_shape(Random& random, const Good& good) {
  if (good.tree.policies.empty()) return std::nullopt;
  std::vector<Replacement> found;
  std::vector<std::string> shapes;
  const auto add = [&](const std::string& word, source::Span span) {
    // In a formula `tanh` is the function, and the shape is not.
    const bool differs = word == "polynomial" || word == "tanh";
    if (!is_standard_shape(word) || differs || span.text() != word) return;
    found.push_back({span, ""});
    shapes.push_back(word);
  };
  for (const PhaseAt& at : phases_of(good)) {
    add(at.phase->head.text, at.phase->head.span);
    const ast::Value* shape = shape_of(*at.phase);
    if (shape != nullptr && shape->kind == VKind::name) add(shape->word, shape->span);
  }
  if (found.empty()) return std::nullopt;
  const std::size_t chosen = random.below(found.size());
  const std::string name = fresh_name(random, good);
  found[chosen].text = name;
  source::Span before = good.tree.policies[0].span;
  if (!good.tree.definitions.empty()) before = start_of(good);
  before.end = before.begin;
  return replaced(good,
                  {found[chosen], {before, "curve " + name + "(v) = " + shapes[chosen] + "(v)\n"}});
}

// Whether a schedule names nothing that a definition does not see.
bool stands_alone(const Good& good, source::Span span) {
  std::set<std::string> seen_outside = {"progress"};
  for (const ast::Policy& policy : good.tree.policies) {
    for (const auto& item : policy.outputs) seen_outside.insert(item.name.text);
    for (const auto& item : policy.parameters) seen_outside.insert(item.name.text);
    for (const auto& item : policy.lets) seen_outside.insert(item.name.text);
    for (const auto& group : policy.groups)
      if (group.of) return false;
  }
  return std::none_of(good.lexemes.begin(), good.lexemes.end(), [&](const auto& lexeme) {
    return lexeme.span.begin >= span.begin && lexeme.span.end <= span.end &&
           seen_outside.contains(std::string(lexeme.span.text()));
  });
}

source::Span span_of_part(const ast::Part& part) {
  return std::visit([](const auto& item) { return item.span; }, part);
}

// All phases of an output, or the first of them, or the last.
std::optional<std::string> name_a_schedule(Random& random, const Good& good) {
  if (good.tree.policies.empty()) return std::nullopt;
  std::vector<source::Span> found;
  for (const ChainAt& at : chains_of(good)) {
    if (!at.whole) continue;
    const auto& parts = at.chain->parts;
    const source::Span first = span_of_part(parts.front()), last = span_of_part(parts.back());
    const bool with_conventions = random.coin();
    found.push_back(with_conventions ? at.chain->span : source::join(first, last));
    if (parts.size() > 1) found.push_back(random.coin() ? first : last);
  }
  std::erase_if(found, [&](source::Span span) { return !stands_alone(good, span); });
  if (found.empty()) return std::nullopt;
  const source::Span span = random.pick(found);
  const std::string name = fresh_name(random, good);
  source::Span before = good.tree.policies[0].span;
  before.end = before.begin;
  return replaced(good, {{span, name + "()"},
                         {before, "schedule " + name + "() = " + std::string(span.text()) + "\n"}});
}

// The definitions of the standard library, whose sources live as long as the process.
const std::vector<Good>& modules() {
  static const std::vector<Good> all = [] {
    std::vector<Good> built;
    for (const auto& module : compile::standard_modules()) {
      Good good;
      good.source = source::make_source("<module>", std::string(module.text));
      good.tree = syntax::parse(*good.source).tree;
      built.push_back(std::move(good));
    }
    return built;
  }();
  return all;
}

const ast::Definition* definition_of(const Good& good, const std::string& name) {
  for (const ast::Definition& item : good.tree.definitions)
    if (item.name.text == name) return &item;
  for (const Good& module : modules()) {
    for (const ast::Definition& item : module.tree.definitions)
      if (item.name.text == name) return &item;
  }
  return nullptr;
}

// The body of a definition with texts in place of its arguments.
class Expansion {
 public:
  explicit Expansion(const ast::Definition& definition) : definition_(definition) {}

  bool give(const ast::Value& call) {
    std::size_t next = 0;
    for (const ast::Argument& argument : call.arguments) {
      if (!argument.name && next >= definition_.formals.size()) return false;
      const std::string name =
          argument.name ? argument.name->text : definition_.formals[next++].name.text;
      texts_[name] = std::string(argument.schedule->span.text());
    }
    for (const ast::Formal& formal : definition_.formals) {
      if (!formal.value || texts_.contains(formal.name.text)) continue;
      if (formal.value->kind > VKind::name) return false;
      texts_[formal.name.text] = std::string(formal.value->span.text());
    }
    return true;
  }

  std::string text() {
    schedule(definition_.schedule);
    std::string built(definition_.schedule.span.text());
    std::sort(found_.begin(), found_.end(), [](const Replacement& a, const Replacement& b) {
      return a.span.begin > b.span.begin;
    });
    for (const Replacement& item : found_) {
      const std::uint32_t begin = item.span.begin - definition_.schedule.span.begin;
      built.replace(begin, item.span.end - item.span.begin, item.text);
    }
    return built;
  }

 private:
  void word(const std::string& name, source::Span span, bool bracketed) {
    const auto found = texts_.find(name);
    if (found == texts_.end()) return;
    const bool simple = !bracketed || found->second.find(' ') == std::string::npos;
    found_.push_back({span, simple ? found->second : "(" + found->second + ")"});
  }
  // Other arguments may be called as a phase is: `warmup warmup`.
  [[nodiscard]] bool is_shape(const std::string& name) const {
    return std::any_of(definition_.formals.begin(), definition_.formals.end(),
                       [&](const ast::Formal& formal) {
                         return formal.name.text == name && formal.type.text == "shape";
                       });
  }
  void value(const ast::Value& value) {
    if (value.kind == VKind::name) word(value.word, value.span, true);
    for (const ast::Value& operand : value.operands) this->value(operand);
    for (const ast::Argument& argument : value.arguments) schedule(*argument.schedule);
    if (value.schedule) schedule(*value.schedule);
  }
  void schedule(const ast::Schedule& schedule) {
    for (const ast::Part& part : schedule.parts) {
      if (const auto* item = std::get_if<ast::Value>(&part)) value(*item);
      const auto* phase = std::get_if<ast::Phase>(&part);
      if (phase == nullptr) continue;
      if (is_shape(phase->head.text)) word(phase->head.text, phase->head.span, false);
      for (const ast::Argument& argument : phase->arguments) this->schedule(*argument.schedule);
      for (const ast::Clause& clause : phase->clauses)
        for (const ast::Value& item : clause.values) value(item);
      if (phase->body) this->schedule(*phase->body);
    }
  }

  const ast::Definition& definition_;
  std::map<std::string, std::string> texts_;
  std::vector<Replacement> found_;
};

std::optional<std::string> put_a_schedule_in_place(Random& random, const Good& good) {
  std::vector<Replacement> found;
  for (const ChainAt& at : chains_of(good)) {
    if (!at.whole) continue;
    for (const ast::Part& part : at.chain->parts) {
      const auto* call = std::get_if<ast::Value>(&part);
      if (call == nullptr || call->kind != VKind::call) continue;
      const ast::Definition* definition = definition_of(good, call->word);
      if (definition == nullptr || !definition->schedule.conventions.empty()) continue;
      Expansion expansion(*definition);
      if (expansion.give(*call)) found.push_back({call->span, expansion.text()});
    }
  }
  return one_of(random, good, found);
}

}  // namespace

std::vector<Edit> namings() {
  return {{"renamed", rename},
          {"capture renamed", rename_capture},
          {"quantity named", name_a_quantity},
          {"quantity in place of its name", put_a_quantity_in_place},
          {"shape named", name_a_shape},
          {"schedule named", name_a_schedule},
          {"schedule in place of its call", put_a_schedule_in_place}};
}

}  // namespace lrc::test
