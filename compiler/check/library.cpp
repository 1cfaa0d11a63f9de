#include "compiler/check/library.h"

#include <algorithm>
#include <optional>

#include "compiler/check/context.h"
#include "compiler/ir/operation.h"

namespace lrc::check {
namespace {

// Resolves one definition. Stops at its first mistake.
class Definition {
 public:
  Definition(const ast::Curve& curve, const Library& library, Issues& issues)
      : curve_(curve), library_(library), issues_(issues) {}

  std::optional<policy::Formula> resolve(const ast::Value& formula) {
    using Kind = ast::Value::Kind;
    switch (formula.kind) {
      case Kind::plain:
        return policy::Formula{policy::Formula::Kind::number, formula.number, 0, "", {}};
      case Kind::name: return variable(formula);
      case Kind::operation: return call(formula, formula.operands);
      case Kind::call: return application(formula);
      default: break;
    }
    unknown(formula, fmt::format("`{}` in a curve", formula.span.text()));
    return std::nullopt;
  }

 private:
  std::optional<policy::Formula> variable(const ast::Value& formula) {
    const auto& parameters = curve_.parameters;
    const auto found =
        std::find_if(parameters.begin(), parameters.end(),
                     [&](const ast::Word& word) { return word.text == formula.word; });
    if (found == parameters.end()) {
      unknown(formula, fmt::format("`{}` is no parameter of the curve `{}`", formula.word,
                                   curve_.name.text));
      return std::nullopt;
    }
    return policy::Formula{policy::Formula::Kind::variable,
                           {},
                           static_cast<std::uint32_t>(found - parameters.begin()),
                           "",
                           {}};
  }

  std::optional<policy::Formula> application(const ast::Value& formula) {
    std::vector<ast::Value> arguments;
    for (const ast::Argument& argument : formula.arguments) {
      const ast::Value* value = argument.name ? nullptr : as_value(*argument.schedule);
      if (value == nullptr) {
        unknown(formula, fmt::format("`{}` takes numbers", formula.word));
        return std::nullopt;
      }
      arguments.push_back(*value);
    }
    return call(formula, arguments);
  }

  std::optional<policy::Formula> call(const ast::Value& formula,
                                      const std::vector<ast::Value>& arguments) {
    policy::Formula built{policy::Formula::Kind::call, {}, 0, formula.word, {}};
    for (const ast::Value& argument : arguments) {
      auto resolved = resolve(argument);
      if (!resolved) return std::nullopt;
      built.arguments.push_back(std::move(*resolved));
    }
    if (formula.word == "-" && built.arguments.size() == 1) {
      built.function = "negate";
      return built;
    }
    if (const auto* operation = ir::operation_named(formula.word)) {
      if (operation->arity == built.arguments.size()) return built;
      unknown(formula, fmt::format("`{}` takes {} arguments", formula.word, operation->arity));
      return std::nullopt;
    }
    const auto curve = library_.curve(formula.word);
    if (!curve || curve->parameters.size() != built.arguments.size()) {
      unknown(formula, fmt::format("no function or curve `{}` takes {} arguments", formula.word,
                                   built.arguments.size()));
      return std::nullopt;
    }
    return inlined(curve->formula, built.arguments);
  }

  static policy::Formula inlined(const policy::Formula& formula,
                                 const std::vector<policy::Formula>& arguments) {
    if (formula.kind == policy::Formula::Kind::variable) return arguments[formula.variable];
    policy::Formula built = formula;
    for (policy::Formula& argument : built.arguments) argument = inlined(argument, arguments);
    return built;
  }

  void unknown(const ast::Value& formula, std::string message) {
    issues_.push_back(
        Issue{Code::E0308,
              formula.span,
              std::move(message),
              "",
              {},
              "a curve uses its own parameters, the primitives and the curves above it",
              std::nullopt});
  }

  const ast::Curve& curve_;
  const Library& library_;
  Issues& issues_;
};

}  // namespace

namespace {

Issue defined_twice(const ast::Word& name, std::string_view what) {
  return {Code::E0306, name.span, fmt::format("the {} `{}` is defined twice", what, name.text),
          "",          {},        "",
          std::nullopt};
}

}  // namespace

Issues Library::add(const ast::File& file, source::SourcePtr source) {
  Issues issues;
  Library grown = *this;
  grown.sources_.push_back(std::move(source));
  grown.define(file, issues);
  if (issues.empty()) *this = std::move(grown);
  return issues;
}

void Library::define(const ast::File& file, Issues& issues) {
  for (const ast::Curve& definition : file.curves) {
    auto formula = Definition(definition, *this, issues).resolve(definition.formula);
    if (curve(definition.name.text) != nullptr)
      issues.push_back(defined_twice(definition.name, "curve"));
    if (!formula || !issues.empty()) continue;
    policy::Curve defined{definition.name.text, {}, std::move(*formula)};
    for (const ast::Word& parameter : definition.parameters)
      defined.parameters.push_back(parameter.text);
    curves_[definition.name.text] = std::make_shared<const policy::Curve>(std::move(defined));
  }
  Names lets = lets_ == nullptr ? Names() : *lets_;
  for (const ast::Let& let : file.lets) {
    Context context{.library = *this, .issues = issues};
    context.names = lets;
    const auto quantity = evaluate(context, let.value);
    if (!quantity) continue;
    if (!lets.emplace(let.name.text, Named{*quantity, let.span}).second)
      issues.push_back(defined_twice(let.name, "quantity"));
  }
  lets_ = std::make_shared<const Names>(std::move(lets));
  for (const ast::Definition& definition : file.definitions) {
    const std::string& name = definition.name.text;
    const bool known = schedule(name) != nullptr || curve(name) != nullptr || is_phase_word(name);
    if (known) issues.push_back(defined_twice(definition.name, "schedule"));
    if (known) continue;
    schedules_[name] = {std::make_shared<const ast::Definition>(definition), lets_};
  }
}

const Library::Schedule* Library::schedule(const std::string& name) const {
  const auto found = schedules_.find(name);
  if (found != schedules_.end()) return &found->second;
  const Library* library = defining(name);
  return library == nullptr ? nullptr : library->schedule(name);
}

std::shared_ptr<const policy::Curve> Library::curve(const std::string& name) const {
  const auto found = curves_.find(name);
  if (found != curves_.end()) return found->second;
  const Library* library = defining(name);
  return library == nullptr ? nullptr : library->curve(name);
}

namespace {

// The names of a map and others, in order.
template <class Map>
std::vector<std::string> sorted(const Map& own, std::vector<std::string> names) {
  for (const auto& [name, definition] : own) names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

std::vector<std::string> Library::schedules() const {
  return sorted(schedules_, beyond_ == nullptr ? std::vector<std::string>() : beyond_->schedules());
}

std::vector<std::string> Library::names() const {
  return sorted(curves_, beyond_ == nullptr ? std::vector<std::string>() : beyond_->curves());
}

}  // namespace lrc::check
