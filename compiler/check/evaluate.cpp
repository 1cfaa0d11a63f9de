// Arithmetic on quantities: numbers, levels and lengths keep apart what cannot be added (M2).

#include <algorithm>

#include "compiler/check/context.h"
#include "compiler/ir/operation.h"

namespace lrc::check {
namespace {

using exact::Length;
using exact::Number;
using exact::Rational;
using Kind = ast::Value::Kind;
using Type = Quantity::Type;

std::string_view type_name(Type type) {
  return type == Type::number  ? "a plain number"
         : type == Type::level ? "a share of the peak"
                               : "a duration";
}

Quantity number(Number amount) { return {Type::number, std::move(amount), {}}; }
Quantity level(Number amount) { return {Type::level, std::move(amount), {}}; }
Quantity length(Length length) { return {Type::length, Rational(0), std::move(length)}; }

bool is_share_of_run(const Quantity& quantity) {
  return quantity.type == Type::length && quantity.length.simple() &&
         quantity.length.of() == Length::Of::run;
}

class Evaluation {
 public:
  explicit Evaluation(Context& context) : context_(context) {}

  std::optional<Quantity> value(const ast::Value& value) {
    switch (value.kind) {
      case Kind::plain: return number(value.number);
      case Kind::level: return level(value.number);
      case Kind::share: return share(value);
      case Kind::unit: return unit(value);
      case Kind::name: return name(value);
      case Kind::operation: return operation(value);
      case Kind::call: return call(value);
      case Kind::part_of: return part_of(value);
      case Kind::rounded: return rounded(value);
      case Kind::branch: return branch(value);
      default: break;
    }
    mismatch(value,
             fmt::format("`{}` changes during the run, where one value belongs",
                         value.span.text().substr(0, 60)),
             "lengths, levels and factors of a phase are the same at every update");
    return std::nullopt;
  }

 private:
  std::optional<Quantity> share(const ast::Value& value) {
    if (!context_.in_repeat) return length({Length::Of::run, Rational(value.number / 100)});
    Issue& issue =
        context_.report(Code::E0109, value.span,
                        fmt::format("`{}` of what: of the cycle or of the run?", written(value)));
    issue.reason = "inside `repeat` a share could be either, so nothing is assumed";
    const std::string spelling = written(value) + " of cycle";
    issue.fix = Fix{fmt::format("write `{}`, or `of run`", spelling), value.span, spelling};
    return std::nullopt;
  }

  static Quantity unit(const ast::Value& value) {
    return length({exact::of_unit(*exact::unit_named(value.word)), value.number});
  }

  std::optional<Quantity> name(const ast::Value& value) {
    const auto named = context_.names.find(value.word);
    if (named != context_.names.end()) {
      if (const auto* quantity = std::get_if<Quantity>(&named->second.value)) return *quantity;
      mismatch(value, fmt::format("`{}` is a shape, where a number belongs", value.word), "");
      return std::nullopt;
    }
    if (const auto* parameter = context_.parameter(value.word)) return of_parameter(*parameter);
    unknown_name(context_, value);
    return std::nullopt;
  }

  static Quantity of_parameter(const policy::Parameter& parameter) {
    using exact::ParameterType;
    const Number name = exact::ParameterName{parameter.name};
    if (parameter.type <= ParameterType::number) return number(name);
    if (parameter.type == ParameterType::level) return level(name);
    if (parameter.type == ParameterType::share) return length({Length::Of::run, name});
    return length({exact::of_unit(unit_of(parameter.type)), name});
  }

  std::optional<Quantity> part_of(const ast::Value& value) {
    const bool cycle = value.word == "cycle";
    const Scoped outside(context_.in_repeat, false);  // `10%` is of what is named here
    const auto inner = this->value(value.operands[0]);
    if (!inner) return std::nullopt;
    const Length::Of whole = cycle ? Length::Of::cycle : Length::Of::run;
    if (inner->type == Type::number) return length({whole, inner->amount});
    if (is_share_of_run(*inner)) return length({whole, inner->length.terms[0].amount});
    mismatch(value, fmt::format("`of {}` behind {}", value.word, type_name(inner->type)),
             "`1/3 of run` and `10% of cycle` are shares");
    return std::nullopt;
  }

  std::optional<Quantity> rounded(const ast::Value& value) {
    auto inner = this->value(value.operands[0]);
    if (!inner) return std::nullopt;
    if (inner->type == Type::length && inner->length.rounding == exact::Rounding::none &&
        (!value.of_float_product || is_share_of_run(*inner))) {
      inner->length.rounding = value.rounding;
      inner->length.of_float_product = value.of_float_product;
      return inner;
    }
    mismatch(value, fmt::format("`rounded` behind {}", type_name(inner->type)),
             value.of_float_product ? "the float product is of a share and the run"
                                    : "a duration or a position is rounded, once");
    return std::nullopt;
  }

  // M15: `from P at step N`, a level computed, never typed; of the output it is written in.
  std::optional<Quantity> branch(const ast::Value& value) {
    const Rational limit = exact::Integer(runtime::maximum_step);
    if (exact::denominator(value.number) != 1 || value.number >= limit) {
      context_.report(Code::E0110, value.span, "no update has this number").reason =
          "updates are whole numbers from 0";
      return std::nullopt;
    }
    const auto& level_of = context_.library.level_of();
    const auto step = exact::numerator(value.number).convert_to<std::int64_t>();
    const auto found = level_of ? level_of(value.word, context_.output, step)
                                : tl::unexpected(std::string("here no policies are read"));
    if (found) return number(*found);
    context_
        .report(Code::E0207, value.span,
                fmt::format("what update {} of `{}` uses is not known", step, value.word))
        .reason = found.error();
    return std::nullopt;
  }

  void mismatch(const ast::Value& value, std::string message, std::string reason) {
    context_.report(Code::E0111, value.span, std::move(message)).reason = std::move(reason);
  }

  std::optional<std::vector<Quantity>> operands(const ast::Value& value) {
    std::vector<Quantity> built;
    for (const ast::Value& operand : value.operands) {
      auto checked = this->value(operand);
      if (!checked) return std::nullopt;
      built.push_back(std::move(*checked));
    }
    return built;
  }

  std::optional<Quantity> operation(const ast::Value& value) {
    const auto built = operands(value);
    if (!built) return std::nullopt;
    if (built->size() == 1) return times((*built)[0], "*", Rational(-1));
    if (value.word == "*" || value.word == "/") return product(value, (*built)[0], (*built)[1]);
    if (value.word == "+" || value.word == "-") return sum(value, (*built)[0], (*built)[1]);
    return function(value, *built);
  }

  std::optional<Quantity> product(const ast::Value& value, const Quantity& a, const Quantity& b) {
    const bool divides = value.word == "/";
    const auto* divisor = std::get_if<Rational>(&b.amount);
    if (divides && b.type == Type::number && divisor != nullptr && *divisor == 0) {
      context_.report(Code::E0110, value.span, "a division by zero");
      return std::nullopt;
    }
    if (b.type == Type::number) return times(a, value.word, b.amount);
    if (!divides && a.type == Type::number) return times(b, value.word, a.amount);
    if (divides && a.type == Type::level && b.type == Type::level)
      return number(exact::apply("/", {a.amount, b.amount}));
    const bool same = a.length.simple() && b.length.simple() && a.length.of() == b.length.of();
    if (divides && a.type == Type::length && b.type == Type::length && same)
      return number(exact::apply("/", {a.length.terms[0].amount, b.length.terms[0].amount}));
    mismatch(value,
             fmt::format("{} {} {}", type_name(a.type), divides ? "divided by" : "times",
                         type_name(b.type)),
             "levels and durations are multiplied and divided by plain numbers");
    return std::nullopt;
  }

  static Quantity times(const Quantity& a, const std::string& function, const Number& by) {
    if (a.type == Type::length) return length(scaled(a.length, function, by));
    return {a.type, exact::apply(function, {a.amount, by}), {}};
  }

  std::optional<Quantity> sum(const ast::Value& value, const Quantity& a, const Quantity& b) {
    const bool minus = value.word == "-";
    if (a.type != b.type) {
      mismatch(
          value,
          fmt::format("{} {} {}", type_name(a.type), minus ? "minus" : "plus", type_name(b.type)),
          "only like can be added to like");
      return std::nullopt;
    }
    if (a.type != Type::length)
      return Quantity{a.type, exact::apply(value.word, {a.amount, b.amount}), {}};
    if (a.length.rounding != exact::Rounding::none || b.length.rounding != exact::Rounding::none) {
      mismatch(value, "a sum with a rounded duration",
               "round the whole, as in `(30% - 1 step) rounded up`");
      return std::nullopt;
    }
    return length(a.length + (minus ? scaled(b.length, "*", Rational(-1)) : b.length));
  }

  std::optional<Quantity> call(const ast::Value& value) {
    std::vector<Quantity> arguments;
    for (const ast::Argument& argument : value.arguments) {
      const ast::Value* item = argument.name ? nullptr : as_value(*argument.schedule);
      if (item == nullptr) {
        mismatch(value, fmt::format("`{}` of a schedule, where one value belongs", value.word), "");
        return std::nullopt;
      }
      auto checked = this->value(*item);
      if (!checked) return std::nullopt;
      arguments.push_back(std::move(*checked));
    }
    return function(value, arguments);
  }

  // A primitive or a curve of numbers.
  // The least or the largest of numbers, or of levels.
  std::optional<Quantity> extreme(const ast::Value& value, const std::vector<Quantity>& operands) {
    Quantity built = operands[0];
    for (const Quantity& operand : operands) {
      if (operand.type != built.type || built.type == Type::length) {
        mismatch(value,
                 fmt::format("{} and {} in `{}`", type_name(built.type), type_name(operand.type),
                             value.word),
                 "only numbers, or only shares of the peak, are compared");
        return std::nullopt;
      }
      if (&operand != operands.data())
        built.amount = exact::apply(value.word, {built.amount, operand.amount});
    }
    return built;
  }

  std::optional<Quantity> function(const ast::Value& value, const std::vector<Quantity>& operands) {
    if ((value.word == "min" || value.word == "max") && !operands.empty())
      return extreme(value, operands);
    std::vector<Number> arguments;
    for (const Quantity& operand : operands) {
      if (operand.type != Type::number) {
        mismatch(value, fmt::format("{} in `{}`", type_name(operand.type), value.word),
                 "functions and powers take plain numbers");
        return std::nullopt;
      }
      arguments.push_back(operand.amount);
    }
    const auto* operation = ir::operation_named(value.word);
    if (operation != nullptr && operation->arity == arguments.size())
      return number(exact::apply(value.word, std::move(arguments)));
    const auto curve = context_.library.curve(value.word);
    if (curve != nullptr && curve->parameters.size() == arguments.size())
      return number(inlined(curve->formula, arguments));
    Issue& issue = context_.report(
        Code::E0308, value.span,
        fmt::format("no function `{}` takes {} arguments", value.word, arguments.size()));
    issue.reason = "functions are the primitives, such as `sqrt`, and curves";
    return std::nullopt;
  }

  static Number inlined(const policy::Formula& formula, const std::vector<Number>& arguments) {
    using FormulaKind = policy::Formula::Kind;
    if (formula.kind == FormulaKind::number) return formula.number;
    if (formula.kind == FormulaKind::variable) return arguments[formula.variable];
    const bool negates = formula.function == "negate";
    std::vector<Number> built;
    if (negates) built.emplace_back(Rational(0));
    for (const policy::Formula& argument : formula.arguments)
      built.push_back(inlined(argument, arguments));
    return exact::apply(negates ? "-" : formula.function, std::move(built));
  }

  Context& context_;
};

}  // namespace

std::optional<Quantity> evaluate(Context& context, const ast::Value& value) {
  return Evaluation(context).value(value);
}

const ast::Value* as_value(const ast::Schedule& schedule) {
  return schedule.parts.size() == 1 && schedule.conventions.empty()
             ? std::get_if<ast::Value>(schedule.parts.data())
             : nullptr;
}

bool is_constant(const Context& context, const ast::Value& value) {
  const auto constant = [&](const ast::Value& item) { return is_constant(context, item); };
  switch (value.kind) {
    case Kind::plain:
    case Kind::share:
    case Kind::level:
    case Kind::unit:
    case Kind::branch: return true;
    case Kind::name:
      return context.names.contains(value.word) || context.parameter(value.word) != nullptr;
    case Kind::operation:
    case Kind::part_of:
    case Kind::rounded: return std::all_of(value.operands.begin(), value.operands.end(), constant);
    case Kind::call: break;
    default: return false;
  }
  const bool function =
      ir::operation_named(value.word) != nullptr || context.library.curve(value.word) != nullptr;
  return function && std::all_of(value.arguments.begin(), value.arguments.end(),
                                 [&](const ast::Argument& argument) {
                                   const ast::Value* item =
                                       argument.name ? nullptr : as_value(*argument.schedule);
                                   return item != nullptr && constant(*item);
                                 });
}

}  // namespace lrc::check
