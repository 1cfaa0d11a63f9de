// `NAME(…)`: a function of schedules, a schedule that a definition stands for, or noise.

#include <algorithm>

#include "compiler/check/context.h"
#include "compiler/ir/operation.h"
#include "compiler/source/limits.h"

namespace lrc::check {
namespace {

using policy::Schedule;
using Type = Quantity::Type;

// One call.
class CallRules {
 public:
  CallRules(Context& context, const ast::Value& call) : context_(context), call_(call) {}

  std::optional<Schedule> check() {
    const std::string& name = call_.word;
    if (name == "noise") return noise();
    if (const auto* definition = context_.library.schedule(name)) return expand(*definition);
    if (const auto* operation = ir::operation_named(name)) return function(operation->arity);
    if (const auto curve = context_.library.curve(name)) return of_curve(*curve);
    Issue& issue = context_.report(Code::E0305, name_of(call_),
                                   fmt::format("no schedule is called `{}`", name));
    std::vector<std::string> known = context_.library.schedules();
    known.insert(known.end(), {"min", "max", "noise"});
    if (const auto guess = diagnostics::closest(name, known))
      issue.fix = Fix{fmt::format("did you mean `{}`?", *guess), name_of(call_), *guess};
    else
      issue.reason = fmt::format("there are {}", fmt::join(known, ", "));
    return std::nullopt;
  }

 private:
  // min, max, sqrt … of schedules, update by update.
  std::optional<Schedule> function(std::size_t arity) {
    const bool extreme = call_.word == "min" || call_.word == "max";
    const std::size_t given = call_.arguments.size();
    if (extreme ? given == 0 : given != arity) {
      context_.report(Code::E0311, call_.span,
                      extreme ? fmt::format("`{}` of nothing", call_.word)
                              : fmt::format("`{}` takes {} schedules", call_.word, arity));
      return std::nullopt;
    }
    const Scoped factor(context_.is_factor, context_.is_factor || !extreme);
    auto checked = operands();
    if (!checked) return std::nullopt;
    return Schedule{policy::Combination{call_.word, std::move(*checked)},
                    context_.located(call_.span)};
  }

  std::optional<std::vector<Schedule>> operands() {
    const Scoped start(context_.at_start, true);  // operands are whole schedules
    std::vector<Schedule> built;
    for (const ast::Argument& argument : call_.arguments) {
      if (argument.name) {
        context_.report(Code::E0302, argument.name->span,
                        fmt::format("`{}` takes schedules without names", call_.word));
        return std::nullopt;
      }
      auto operand = check_schedule(context_, *argument.schedule);
      if (!operand) return std::nullopt;
      built.push_back(std::move(*operand));
    }
    return built;
  }

  // A curve of schedules: `smoothstep(progress)`.
  std::optional<Schedule> of_curve(const policy::Curve& curve) {
    if (call_.arguments.size() != curve.parameters.size()) {
      context_.report(Code::E0311, call_.span,
                      fmt::format("`{}` takes {} arguments", curve.name, curve.parameters.size()));
      return std::nullopt;
    }
    const Scoped factor(context_.is_factor, true);
    const auto checked = operands();
    if (!checked) return std::nullopt;
    return inlined(curve.formula, *checked);
  }

  Schedule inlined(const policy::Formula& formula, const std::vector<Schedule>& operands) {
    using Kind = policy::Formula::Kind;
    if (formula.kind == Kind::variable) return operands[formula.variable];
    if (formula.kind == Kind::number) return number(formula.number);
    policy::Combination built{formula.function, {}};
    if (formula.function == "negate") built = {"-", {number(exact::Rational(0))}};
    for (const policy::Formula& argument : formula.arguments)
      built.operands.push_back(inlined(argument, operands));
    return {std::move(built), context_.located(call_.span)};
  }

  [[nodiscard]] Schedule number(const exact::Rational& value) const {
    policy::Phase phase;
    phase.from = exact::Level{false, value};
    phase.span = context_.located(call_.span);
    return {policy::Timeline{{std::move(phase)}, policy::Past::hold}, context_.located(call_.span)};
  }

  std::optional<Schedule> noise() {
    const bool seeded = call_.arguments.size() == 1 && call_.arguments[0].name &&
                        call_.arguments[0].name->text == "seed";
    const ast::Value* value = seeded ? as_value(*call_.arguments[0].schedule) : nullptr;
    const auto quantity = value != nullptr ? evaluate(context_, *value) : std::nullopt;
    if (value != nullptr && !quantity) return std::nullopt;
    const auto* seed = quantity && quantity->type == Type::number
                           ? std::get_if<exact::Rational>(&quantity->amount)
                           : nullptr;
    const exact::Rational limit = exact::Rational(exact::Integer(1) << 64);
    if (seed != nullptr && exact::denominator(*seed) == 1 && *seed >= 0 && *seed < limit)
      return Schedule{policy::Noise{*seed}, context_.located(call_.span)};
    context_.report(Code::E0311, call_.span, "`noise` takes a seed").fix =
        Fix{"write a whole number, as in `noise(seed: 42)`", std::nullopt, ""};
    return std::nullopt;
  }

  // The body of a definition, with the arguments under their names and nothing else of here.
  std::optional<Schedule> expand(const Library::Schedule& definition) {
    if (context_.calls.size() >= source::maximum_nesting) {
      context_.report(Code::E0902, call_.span, "schedules that lead to one another without end")
          .reason = fmt::format("definitions nest at most {} deep", source::maximum_nesting);
      return std::nullopt;
    }
    auto names = arguments(*definition.definition);
    if (!names) return std::nullopt;
    if (definition.lets) names->insert(definition.lets->begin(), definition.lets->end());
    const std::size_t before = context_.issues.size();
    std::optional<Schedule> built;
    {
      const Scoped scope(context_.names, std::move(*names));
      const Scoped no_parameters(context_.parameters_visible, false);
      const Scoped no_outputs(context_.outputs, std::set<std::string>{});
      context_.calls.push_back(call_.span);
      built = check_schedule(context_, definition.definition->schedule);
      context_.calls.pop_back();
    }
    for (std::size_t i = before; i < context_.issues.size(); ++i) point_here(context_.issues[i]);
    return built;
  }

  // What is wrong inside a definition with these arguments is told where they stand.
  void point_here(Issue& issue) const {
    if (issue.span.source == call_.span.source) return;
    issue.reason = fmt::format("in the definition of `{}`, where it says `{}`", call_.word,
                               issue.span.text().substr(0, 60));
    issue.span = call_.span;
    issue.labels.clear();
    issue.fix.reset();
  }

  std::optional<Names> arguments(const ast::Definition& definition) {
    Names names;
    std::size_t next = 0;
    for (const ast::Argument& argument : call_.arguments) {
      const ast::Formal* formal = formal_for(definition, argument, next);
      const ast::Value* value = formal == nullptr ? nullptr : value_of(argument);
      auto named = value == nullptr ? std::nullopt : of_type(*formal, *value);
      if (!named) return std::nullopt;
      if (!names.emplace(formal->name.text, std::move(*named)).second) {
        context_.report(Code::E0303, value->span,
                        fmt::format("`{}` is given twice", formal->name.text));
        return std::nullopt;
      }
    }
    return defaults(definition, names) ? std::optional(std::move(names)) : std::nullopt;
  }

  bool defaults(const ast::Definition& definition, Names& names) {
    for (const ast::Formal& formal : definition.formals) {
      if (names.contains(formal.name.text)) continue;
      if (!formal.value) {
        Issue& issue = context_.report(
            Code::E0311, call_.span, fmt::format("`{}` needs `{}`", call_.word, formal.name.text));
        issue.fix = Fix{fmt::format("give it, as in `{}({}: …)`", call_.word, formal.name.text),
                        std::nullopt, ""};
        return false;
      }
      // A default may use the arguments before it.
      const Scoped scope(context_.names, names);
      auto named = of_type(formal, *formal.value);
      if (!named) return false;
      names.emplace(formal.name.text, std::move(*named));
    }
    return true;
  }

  const ast::Formal* formal_for(const ast::Definition& definition, const ast::Argument& argument,
                                std::size_t& next) {
    std::vector<std::string> known;
    for (const ast::Formal& formal : definition.formals) known.push_back(formal.name.text);
    if (!argument.name && next < definition.formals.size()) return &definition.formals[next++];
    if (!argument.name) {
      context_
          .report(Code::E0311, argument.schedule->span,
                  fmt::format("`{}` takes {} arguments", call_.word, known.size()))
          .reason = fmt::format("they are {}", fmt::join(known, ", "));
      return nullptr;
    }
    for (const ast::Formal& formal : definition.formals) {
      if (formal.name.text == argument.name->text) return &formal;
    }
    Issue& issue =
        context_.report(Code::E0311, argument.name->span,
                        fmt::format("`{}` has no argument `{}`", call_.word, argument.name->text));
    if (const auto guess = diagnostics::closest(argument.name->text, known))
      issue.fix = Fix{fmt::format("did you mean `{}`?", *guess), argument.name->span, *guess};
    else
      issue.reason = fmt::format("its arguments are {}", fmt::join(known, ", "));
    return nullptr;
  }

  const ast::Value* value_of(const ast::Argument& argument) {
    const ast::Value* value = as_value(*argument.schedule);
    if (value == nullptr) {
      context_.report(Code::E0311, argument.schedule->span, "a schedule where a value belongs");
    }
    return value;
  }

  // An argument under its formal's type.
  std::optional<Named> of_type(const ast::Formal& formal, const ast::Value& value) {
    const std::string& type = formal.type.text;
    if (type == "shape") return shape(value);
    const auto quantity = evaluate(context_, value);
    if (!quantity) return std::nullopt;
    if (fits(type, *quantity)) return Named{*quantity, context_.located(value.span)};
    Issue& issue = context_.report(
        Code::E0311, value.span,
        fmt::format("`{}` where `{}` takes {}", written(value), formal.name.text, spoken(type)));
    issue.reason = fmt::format("`{}` is declared as `{}: {}`", call_.word, formal.name.text, type);
    return std::nullopt;
  }

  static std::string spoken(const std::string& type) {
    if (type == "x") return "a share of the peak, such as `0.1x`";
    if (type == "%") return "a share of the run, such as `10%`";
    if (type == "number" || type == "rate") return "a plain number";
    return "a " + type;
  }

  static bool fits(const std::string& type, const Quantity& quantity) {
    const bool length = quantity.type == Type::length;
    const bool zero = quantity.amount == exact::Number(exact::Rational(0));
    if (type == "duration") return length;
    if (type == "level") return !length;
    if (type == "x") return !length && (quantity.type == Type::level || zero);
    if (type == "number" || type == "rate") return quantity.type == Type::number;
    if (type == "%") return length && is_of(quantity.length, exact::Length::Of::run);
    const auto unit = exact::unit_named(type);
    return length && unit && is_of(quantity.length, exact::of_unit(*unit));
  }

  static bool is_of(const exact::Length& length, exact::Length::Of of) {
    return std::all_of(length.terms.begin(), length.terms.end(),
                       [&](const exact::Length::Term& term) { return term.of == of; });
  }

  std::optional<Named> shape(const ast::Value& value) {
    const auto known = context_.names.find(value.word);
    if (value.kind == ast::Value::Kind::name && known != context_.names.end() &&
        std::holds_alternative<policy::Shape>(known->second.value))
      return known->second;
    policy::Shape built{context_.library.curve(value.word), {}, false};
    for (const ast::Argument& argument : value.arguments) {
      const ast::Value* item = argument.name ? nullptr : as_value(*argument.schedule);
      const auto number = item == nullptr ? std::nullopt : check_number(context_, *item, "a shape");
      if (!number) return no_shape(value);
      built.arguments.push_back(*number);
    }
    const bool complete =
        built.curve != nullptr && built.curve->parameters.size() == built.arguments.size() + 1;
    if (complete && is_shape(built)) return Named{std::move(built), context_.located(value.span)};
    return no_shape(value);
  }

  std::optional<Named> no_shape(const ast::Value& value) {
    Issue& issue =
        context_.report(Code::E0301, value.span, fmt::format("`{}` is no shape", written(value)));
    issue.reason = fmt::format("the shapes are {}", fmt::join(context_.library.names(), ", "));
    return std::nullopt;
  }

  Context& context_;
  const ast::Value& call_;
};

}  // namespace

std::optional<Schedule> check_call(Context& context, const ast::Value& call) {
  return CallRules(context, call).check();
}

}  // namespace lrc::check
