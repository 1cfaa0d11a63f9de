// Quantities: a share is a duration or a position, `x` is a level, a plain number is a factor or an
// absolute level. One in place of another is explained with the right spelling (M2).

#include <cmath>

#include "compiler/check/check.h"
#include "compiler/check/context.h"
#include "compiler/syntax/later.h"

namespace lrc::check {
namespace {

using exact::Length;
using exact::Level;
using exact::Number;
using exact::ParameterType;
using exact::Rational;
using Kind = ast::Value::Kind;

std::string decimal(const Rational& value) { return exact::to_decimal(value, 40); }

void negative(Context& context, const ast::Value& value) {
  Issue& issue =
      context.report(Code::E0110, value.span, fmt::format("`{}` is below zero", written(value)));
  issue.reason = "levels, lengths, factors and rates are not negative";
}

// The parameter that a name stands for, or an issue.
const policy::Parameter* parameter(Context& context, const ast::Value& value) {
  const auto found = context.parameters.find(value.word);
  if (found != context.parameters.end()) {
    if (!found->second->value) context.need_parameter(value.word, value.span);
    return found->second;
  }
  Issue& issue =
      context.report(Code::E0308, value.span, fmt::format("nothing is called `{}`", value.word));
  std::vector<std::string> names;
  for (const auto& [name, declared] : context.parameters) names.push_back(name);
  if (const auto guess = diagnostics::closest(value.word, names)) {
    issue.fix = Fix{fmt::format("did you mean `{}`?", *guess), value.span, *guess};
  } else {
    issue.fix = Fix{fmt::format("declare it: `param {}: x = 0.1x in 0.01x .. 1x`", value.word),
                    std::nullopt, ""};
  }
  issue.reason = "a value is a number, or a `param` of the policy";
  return nullptr;
}

std::string_view type_name(ParameterType type) {
  constexpr std::array<std::string_view, 8> names = {"a rate", "a number", "a level", "a share",
                                                     "steps",  "samples",  "tokens",  "epochs"};
  return names[static_cast<std::size_t>(type)];
}

void wrong_parameter(Context& context, const ast::Value& value, const policy::Parameter& declared,
                     Code code, std::string_view wanted) {
  Issue& issue = context.report(code, value.span,
                                fmt::format("the parameter `{}` is {}, where {} belongs",
                                            value.word, type_name(declared.type), wanted));
  issue.labels.push_back(Label{declared.span, "declared here"});
}

Level normalized(bool relative, Number amount) {
  const auto* number = std::get_if<Rational>(&amount);
  if (number != nullptr && *number == 0) relative = false;  // zero is both
  return {relative, std::move(amount)};
}

std::optional<Level> relative_level(Context& context, Number amount, Span span) {
  if (!context.outputs_with_peak.contains(context.output)) {
    Issue& issue =
        context.report(Code::E0105, span,
                       fmt::format("`x` is a share of a peak, and `{}` has none", context.output));
    issue.reason = "only `lr` has a peak by itself";
    issue.fix = Fix{
        fmt::format("declare one, as in `peak {} = 0.1`, or write a plain number", context.output),
        std::nullopt, ""};
    return std::nullopt;
  }
  Level level = normalized(true, std::move(amount));
  if (level.relative) context.need(policy::Need::Fact::peak, span);
  return level;
}

void share_as_level(Context& context, const ast::Value& value) {
  Issue& issue = context.report(
      Code::E0102, value.span,
      fmt::format("`{}` is a share of the run, where a level belongs", written(value)));
  issue.annotation = "a level is needed here";
  issue.reason = "`%` measures how long and when; `x` measures how high, as a share of the peak";
  const std::string spelling = context.outputs_with_peak.contains(context.output)
                                   ? decimal(value.number / 100) + "x"
                                   : decimal(value.number / 100);
  issue.fix = Fix{fmt::format("write `{}`", spelling), value.span, spelling};
}

std::optional<exact::Unit> counted_unit(Context& context, const ast::Value& value) {
  const auto unit = exact::unit_named(value.word);
  if (unit) return unit;
  Issue& issue = context.report(Code::E0309, value.span, "seconds cannot be scheduled yet");
  issue.reason = "this version counts steps, samples, tokens and epochs";
  return std::nullopt;
}

std::optional<Length> parameter_length(Context& context, const ast::Value& value) {
  const policy::Parameter* declared = parameter(context, value);
  if (declared == nullptr) return std::nullopt;
  if (declared->type < ParameterType::share) {
    wrong_parameter(context, value, *declared,
                    declared->type == ParameterType::level ? Code::E0103 : Code::E0104,
                    "a duration");
    return std::nullopt;
  }
  const Number name = exact::ParameterName{value.word};
  if (declared->type == ParameterType::share) {
    context.need(policy::Need::Fact::run, value.span);
    return Length{Length::Of::run, name};
  }
  const exact::Unit unit = unit_of(declared->type);
  if (unit != exact::Unit::steps) context.need(policy::Need::Fact::rate, value.span, unit);
  return Length{exact::of_unit(unit), name};
}

void level_as_length(Context& context, const ast::Value& value) {
  Issue& issue =
      context.report(Code::E0103, value.span,
                     fmt::format("`{}` is a level, where a duration belongs", written(value)));
  issue.annotation = "a duration is needed here";
  issue.reason = "`x` measures how high, as a share of the peak; `%` and units measure how long";
  const std::string spelling = decimal(value.number * 100) + "%";
  issue.fix =
      Fix{fmt::format("write `{}` for that share of the run, or a count such as `1000 steps`",
                      spelling),
          value.span, spelling};
}

void length_without_unit(Context& context, const ast::Value& value) {
  Issue& issue =
      context.report(Code::E0104, value.span, fmt::format("`{}` has no unit", written(value)));
  issue.annotation = "steps, samples, tokens, epochs or %?";
  issue.reason = "nothing is converted or assumed: a duration says its unit";
  issue.fix = Fix{fmt::format("write `{} steps` if optimizer updates are meant", value.span.text()),
                  value.span, fmt::format("{} steps", value.span.text())};
}

}  // namespace

std::string written(const ast::Value& value) { return std::string(value.span.text()); }

namespace {

// What the checker does not compute yet.
bool computed(Context& context, const ast::Value& value) {
  if (value.kind <= Kind::name) return false;
  context.issues.push_back(syntax::not_available_yet(value.span, "an expression here"));
  return true;
}

}  // namespace

std::optional<Level> check_level(Context& context, const ast::Value& value) {
  if (computed(context, value)) return std::nullopt;
  if (value.number < 0) return negative(context, value), std::nullopt;
  switch (value.kind) {
    case Kind::plain: return normalized(false, value.number);
    case Kind::level: return relative_level(context, value.number, value.span);
    case Kind::share: return share_as_level(context, value), std::nullopt;
    case Kind::unit: {
      Issue& issue =
          context.report(Code::E0106, value.span,
                         fmt::format("`{}` is a duration, where a level belongs", written(value)));
      issue.reason = "a level is a share of the peak, such as `0.1x`, or a plain number";
      issue.fix =
          Fix{fmt::format("write `for {}` if the length of the phase is meant", written(value)),
              std::nullopt, ""};
      return std::nullopt;
    }
    default: break;
  }
  const policy::Parameter* declared = parameter(context, value);
  if (declared == nullptr) return std::nullopt;
  if (declared->type >= ParameterType::share)
    return wrong_parameter(context, value, *declared, Code::E0106, "a level"), std::nullopt;
  if (declared->type == ParameterType::level)
    return relative_level(context, exact::ParameterName{value.word}, value.span);
  return Level{false, exact::ParameterName{value.word}};
}

std::optional<Length> check_length(Context& context, const ast::Value& value) {
  if (computed(context, value)) return std::nullopt;
  if (value.number < 0) return negative(context, value), std::nullopt;
  switch (value.kind) {
    case Kind::plain: return length_without_unit(context, value), std::nullopt;
    case Kind::level: return level_as_length(context, value), std::nullopt;
    case Kind::share:
      if (context.in_repeat) {
        Issue& issue = context.report(
            Code::E0109, value.span,
            fmt::format("`{}` of what: of the cycle or of the run?", written(value)));
        issue.reason = "inside `repeat` a share could be either, so nothing is assumed";
        issue.fix = Fix{"give the length in a unit, such as `1 epoch`", std::nullopt, ""};
        return std::nullopt;
      }
      context.need(policy::Need::Fact::run, value.span);
      return Length{Length::Of::run, Rational(value.number / 100)};
    case Kind::unit: {
      const auto unit = counted_unit(context, value);
      if (!unit) return std::nullopt;
      if (*unit != exact::Unit::steps) context.need(policy::Need::Fact::rate, value.span, *unit);
      return Length{exact::of_unit(*unit), value.number};
    }
    default: return parameter_length(context, value);
  }
}

std::optional<Rational> smallest(const Context& context, const Number& number) {
  const auto* name = std::get_if<exact::ParameterName>(&number);
  if (name == nullptr) return std::get<Rational>(number);
  const policy::Parameter& declared = *context.parameters.at(name->name);
  return declared.range ? declared.range->first : declared.value;
}

bool is_zero(const Level& level) {
  const auto* number = std::get_if<Rational>(&level.amount);
  return number != nullptr && *number == 0;
}

bool comparable(const Level& a, const Level& b) {
  return a.relative == b.relative || is_zero(a) || is_zero(b);
}

std::optional<Number> check_number(Context& context, const ast::Value& value, std::string_view of) {
  if (computed(context, value)) return std::nullopt;
  if (value.kind == Kind::name) {
    const policy::Parameter* declared = parameter(context, value);
    if (declared == nullptr) return std::nullopt;
    if (declared->type == ParameterType::number) return exact::ParameterName{value.word};
    return wrong_parameter(context, value, *declared, Code::E0107, "a plain number"), std::nullopt;
  }
  if (value.kind == Kind::plain) {
    if (value.number < 0) return negative(context, value), std::nullopt;
    return value.number;
  }
  Issue& issue =
      context.report(Code::E0107, value.span,
                     fmt::format("`{}` where {} needs a plain number", written(value), of));
  issue.annotation = "a plain number is needed here";
  issue.reason = "a factor multiplies; it has no unit";
  if (value.kind != Kind::unit) {
    const std::string spelling =
        decimal(value.kind == Kind::share ? Rational(value.number / 100) : value.number);
    issue.fix = Fix{fmt::format("write `{}`", spelling), value.span, spelling};
  }
  return std::nullopt;
}

namespace {

// Facts stand outside any schedule: no parameter can be meant and nothing is needed in turn.
struct FactContext {
  explicit FactContext(Issues& issues)
      : context{library, issues, {}, {"lr"}, nullptr, 0, "lr", false, true, {}} {}
  Library library;
  Context context;
};

bool positive(Context& context, const Rational& value, Span span, std::string_view what) {
  if (value > 0) return true;
  context.report(Code::E0110, span, fmt::format("{} of `{}`", what, span.text())).reason =
      fmt::format("{} is above zero", what);
  return false;
}

bool whole_batch(Context& context, const Rational& amount, Span span) {
  if (exact::denominator(amount) == 1) return true;
  context.report(Code::E0110, span, "a batch that is not whole").reason =
      "an update has one whole batch";
  return false;
}

// Peaks and real parameters are binary64 from the start (M9).
std::optional<Rational> binary64(Context& context, const Rational& value, Span span) {
  const double real = exact::to_double(value);
  if (std::isfinite(real)) return exact::from_double(real);
  context.report(Code::E0506, span, fmt::format("`{}` is beyond the largest number", span.text()))
      .reason = "values are binary64";
  return std::nullopt;
}

}  // namespace

std::optional<Length> check_run(const ast::Value& value, Issues& issues) {
  FactContext facts(issues);
  if (value.kind == Kind::share) {
    facts.context.report(Code::E0104, value.span, "a run's length cannot be a share of the run")
        .fix = Fix{"give it in a unit, such as `100K steps`", std::nullopt, ""};
    return std::nullopt;
  }
  const auto length = check_length(facts.context, value);
  if (!length || !positive(facts.context, std::get<Rational>(length->amount), value.span, "a run"))
    return std::nullopt;
  return length;
}

std::optional<exact::Rate> check_batch(const ast::Value& value, Issues& issues) {
  FactContext facts(issues);
  const auto unit = value.kind == Kind::unit ? exact::unit_named(value.word) : std::nullopt;
  if (!unit || *unit == exact::Unit::steps || *unit == exact::Unit::epochs) {
    facts.context.report(Code::E0104, value.span, fmt::format("`{}` is no batch", written(value)))
        .fix = Fix{"give it in samples or tokens, such as `512 samples`", std::nullopt, ""};
    return std::nullopt;
  }
  if (!positive(facts.context, value.number, value.span, "a batch")) return std::nullopt;
  if (!whole_batch(facts.context, value.number, value.span)) return std::nullopt;
  return exact::Rate{exact::Unit::steps, value.number, *unit};
}

std::optional<exact::Rate> check_rate(const ast::Rate& rate, Issues& issues) {
  FactContext facts(issues);
  Context& context = facts.context;
  const auto of = counted_unit(context, rate.of);
  if (!of) return std::nullopt;
  if (rate.amount.kind != Kind::unit)
    return length_without_unit(context, rate.amount), std::nullopt;
  const auto in = counted_unit(context, rate.amount);
  if (!in) return std::nullopt;
  if (!positive(context, rate.of.number, rate.of.span, "a rate") ||
      !positive(context, rate.amount.number, rate.amount.span, "a rate"))
    return std::nullopt;
  if (*of == *in) {
    context
        .report(Code::E0403, rate.span,
                fmt::format("a rate from {} to {}", plural(*of), plural(*in)))
        .reason = "a rate joins two units";
    return std::nullopt;
  }
  const exact::Rate built = exact::canonical({*of, rate.amount.number / rate.of.number, *in});
  const bool batch = built.of == exact::Unit::steps && built.in != exact::Unit::epochs;
  if (batch && !whole_batch(context, built.amount, rate.span)) return std::nullopt;
  return built;
}

std::optional<Rational> check_peak(const ast::Value& value, Issues& issues) {
  FactContext facts(issues);
  if (value.kind == Kind::plain && positive(facts.context, value.number, value.span, "a peak"))
    return binary64(facts.context, value.number, value.span);
  if (value.kind != Kind::plain) {
    facts.context.report(Code::E0107, value.span, fmt::format("`{}` is no peak", written(value)))
        .fix = Fix{"write a plain number, such as `3e-4`", std::nullopt, ""};
  }
  return std::nullopt;
}

std::optional<Rational> check_parameter(const ast::Value& value, ParameterType type,
                                        Issues& issues) {
  FactContext facts(issues);
  Context& context = facts.context;
  if (type <= ParameterType::number) {
    const auto number = check_number(context, value, "this parameter");
    return number ? binary64(context, std::get<Rational>(*number), value.span) : std::nullopt;
  }
  if (type == ParameterType::level) {
    if (value.kind == Kind::level && value.number >= 0)
      return binary64(context, value.number, value.span);
    context
        .report(Code::E0107, value.span,
                fmt::format("`{}` is no share of the peak", written(value)))
        .fix = Fix{"write it as in `0.1x`", std::nullopt, ""};
    return std::nullopt;
  }
  if (value.kind == Kind::plain) {
    if (value.number < 0) return negative(context, value), std::nullopt;
    Issue& issue = context.report(
        Code::E0104, value.span,
        fmt::format("`{}` has no unit, and the parameter is {}", written(value), type_name(type)));
    // 0.06 of a run is 6% of it; who writes 6 means 6%.
    const Rational percent = value.number < 1 ? Rational(value.number * 100) : value.number;
    const std::string spelling = type == ParameterType::share
                                     ? decimal(percent) + "%"
                                     : fmt::format("{} {}", written(value), type_name(type));
    issue.fix = Fix{fmt::format("write `{}`", spelling), value.span, spelling};
    return std::nullopt;
  }
  const auto length = check_length(context, value);
  if (!length) return std::nullopt;
  const bool share = length->of == Length::Of::run;
  const bool fits = share ? type == ParameterType::share
                          : type >= ParameterType::steps && of_unit(unit_of(type)) == length->of;
  if (!fits) {
    context
        .report(Code::E0104, value.span,
                fmt::format("`{}` where the parameter is {}", written(value), type_name(type)))
        .reason = "nothing is converted";
    return std::nullopt;
  }
  return std::get<Rational>(length->amount);
}

}  // namespace lrc::check
