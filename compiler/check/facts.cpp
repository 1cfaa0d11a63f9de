// Facts: what a policy or a flag says of the run.

#include <algorithm>
#include <cmath>

#include "compiler/check/check.h"
#include "compiler/check/context.h"

namespace lrc::check {
namespace {

using exact::Length;
using exact::Number;
using exact::ParameterType;
using exact::Rational;
using Kind = ast::Value::Kind;

// Facts stand outside any schedule: no parameter can be meant and nothing is needed in turn.
struct FactContext {
  FactContext(Issues& issues, const Names* names)
      : context{
            .library = library, .issues = issues, .names = names == nullptr ? Names() : *names} {}
  Library library;
  Context context;
};

bool positive(Context& context, const Rational& value, Span span, std::string_view what) {
  if (value.sign() > 0) return true;
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

// A length that is one exact amount of one unit.
std::optional<Length> stated_length(Context& context, const ast::Value& value) {
  auto length = check_length(context, value);
  if (!length) return std::nullopt;
  if (length->exact() != nullptr && has_unit(length->of())) return length;
  context.report(Code::E0104, value.span, fmt::format("`{}` is no exact length", written(value)))
      .reason = "a fact is a number of one unit, without parameters";
  return std::nullopt;
}

std::string_view spoken(ParameterType type) {
  return type == ParameterType::share ? "a share" : plural(unit_of(type));
}

bool is_literal(const ast::Value& value) { return value.kind <= Kind::unit; }

std::optional<Rational> length_parameter(Context& context, const ast::Value& value,
                                         ParameterType type) {
  if (value.kind == Kind::plain) {
    if (value.number < 0) return negative(context, value), std::nullopt;
    Issue& issue = context.report(
        Code::E0104, value.span,
        fmt::format("`{}` has no unit, and the parameter is {}", written(value), spoken(type)));
    // 0.06 of a run is 6% of it; who writes 6 means 6%.
    const Rational percent = value.number < 1 ? Rational(value.number * 100) : value.number;
    const std::string spelling = type == ParameterType::share
                                     ? exact::to_decimal(percent, 40) + "%"
                                     : fmt::format("{} {}", written(value), spoken(type));
    issue.fix = Fix{fmt::format("write `{}`", spelling), value.span, spelling};
    return std::nullopt;
  }
  const auto length = check_length(context, value);
  if (!length) return std::nullopt;
  const bool share = length->of() == Length::Of::run;
  const bool fits = share ? type == ParameterType::share
                          : type >= ParameterType::steps && of_unit(unit_of(type)) == length->of();
  if (!fits || length->exact() == nullptr) {
    context
        .report(Code::E0104, value.span,
                fmt::format("`{}` where the parameter is {}", written(value), spoken(type)))
        .reason = "nothing is converted";
    return std::nullopt;
  }
  return *length->exact();
}

}  // namespace

std::optional<Length> check_run(const ast::Value& value, Issues& issues, const Names* names) {
  FactContext facts(issues, names);
  if (value.kind == Kind::share) {
    facts.context.report(Code::E0104, value.span, "a run's length cannot be a share of the run")
        .fix = Fix{"give it in a unit, such as `100K steps`", std::nullopt, ""};
    return std::nullopt;
  }
  auto length = stated_length(facts.context, value);
  if (!length || !positive(facts.context, *length->exact(), value.span, "a run"))
    return std::nullopt;
  return length;
}

std::optional<exact::Rate> check_batch(const ast::Value& value, Issues& issues,
                                       const Names* names) {
  FactContext facts(issues, names);
  const auto length = value.kind == Kind::unit || !is_literal(value)
                          ? stated_length(facts.context, value)
                          : std::nullopt;
  if (!issues.empty() && !length && !is_literal(value)) return std::nullopt;
  const bool counts =
      length && (length->of() == Length::Of::samples || length->of() == Length::Of::tokens);
  if (!counts) {
    facts.context.report(Code::E0104, value.span, fmt::format("`{}` is no batch", written(value)))
        .fix = Fix{"give it in samples or tokens, such as `512 samples`", std::nullopt, ""};
    return std::nullopt;
  }
  const Rational& amount = *length->exact();
  if (!positive(facts.context, amount, value.span, "a batch")) return std::nullopt;
  if (!whole_batch(facts.context, amount, value.span)) return std::nullopt;
  return exact::Rate{exact::Unit::steps, amount, unit_of(length->of())};
}

std::optional<exact::Rate> check_rate(const ast::Rate& rate, Issues& issues, const Names* names) {
  FactContext facts(issues, names);
  Context& context = facts.context;
  const auto of = stated_length(context, rate.of);
  const auto in = of ? stated_length(context, rate.amount) : std::nullopt;
  if (!in) return std::nullopt;
  if (!positive(context, *of->exact(), rate.of.span, "a rate") ||
      !positive(context, *in->exact(), rate.amount.span, "a rate"))
    return std::nullopt;
  if (of->of() == in->of()) {
    const std::string_view unit = plural(unit_of(of->of()));
    context.report(Code::E0403, rate.span, fmt::format("a rate from {} to {}", unit, unit)).reason =
        "a rate joins two units";
    return std::nullopt;
  }
  const exact::Rate built =
      exact::canonical({unit_of(of->of()), *in->exact() / *of->exact(), unit_of(in->of())});
  // Of samples or tokens: an epoch and a second are told in steps.
  const bool batch = built.of == exact::Unit::steps;
  if (batch && !whole_batch(context, built.amount, rate.span)) return std::nullopt;
  return built;
}

std::optional<Number> check_peak(const ast::Value& value, Issues& issues, const Names* names) {
  FactContext facts(issues, names);
  if (value.kind == Kind::share || value.kind == Kind::level || value.kind == Kind::unit) {
    facts.context.report(Code::E0107, value.span, fmt::format("`{}` is no peak", written(value)))
        .fix = Fix{"write a plain number, such as `3e-4`", std::nullopt, ""};
    return std::nullopt;
  }
  auto number = check_signed_number(facts.context, value, "a peak");
  const auto* literal = number ? std::get_if<Rational>(&*number) : nullptr;
  if (literal == nullptr) return number;
  if (!positive(facts.context, *literal, value.span, "a peak")) return std::nullopt;
  return binary64(facts.context, *literal, value.span);
}

std::optional<Rational> check_parameter(const ast::Value& value, ParameterType type, Issues& issues,
                                        const Names* names) {
  FactContext facts(issues, names);
  Context& context = facts.context;
  const auto exact_number = [&](const Number& number) -> std::optional<Rational> {
    if (const auto* literal = std::get_if<Rational>(&number)) return *literal;
    context.report(Code::E0107, value.span, fmt::format("`{}` is no exact number", written(value)))
        .reason = "the value of a parameter is written out";
    return std::nullopt;
  };
  if (type <= ParameterType::number) {
    const auto number = check_number(context, value, "this parameter");
    const auto exact = number ? exact_number(*number) : std::nullopt;
    return exact ? binary64(context, *exact, value.span) : std::nullopt;
  }
  if (type == ParameterType::level) {
    const bool other = is_literal(value) && value.kind != Kind::level;
    const auto quantity = other ? std::nullopt : evaluate(context, value);
    if (!other && !quantity) return std::nullopt;
    if (quantity && quantity->type == Quantity::Type::level) {
      const auto exact = exact_number(quantity->amount);
      if (!exact || *exact < 0) return exact ? (negative(context, value), std::nullopt) : exact;
      return binary64(context, *exact, value.span);
    }
    context
        .report(Code::E0107, value.span,
                fmt::format("`{}` is no share of the peak", written(value)))
        .fix = Fix{"write it as in `0.1x`", std::nullopt, ""};
    return std::nullopt;
  }
  return length_parameter(context, value, type);
}

}  // namespace lrc::check
