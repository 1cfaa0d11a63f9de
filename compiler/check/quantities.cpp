// Quantities: a share is a duration or a position, `x` is a level, a plain number is a factor or an
// absolute level. One in place of another is explained with the right spelling (M2).

#include <algorithm>
#include <array>
#include <cmath>

#include "compiler/check/check.h"
#include "compiler/check/context.h"

namespace lrc::check {
namespace {

using exact::Length;
using exact::Level;
using exact::Number;
using exact::ParameterType;
using exact::Rational;
using Kind = ast::Value::Kind;

std::string decimal(const Rational& value) { return exact::to_decimal(value, 40); }

using Type = Quantity::Type;

std::string_view type_name(ParameterType type) {
  constexpr std::array<std::string_view, 9> names = {"a rate",  "a number", "a level",
                                                     "a share", "steps",    "samples",
                                                     "tokens",  "epochs",   "seconds"};
  return names[static_cast<std::size_t>(type)];
}

std::string_view type_name(const Quantity& quantity) {
  return quantity.type == Type::number  ? "a number"
         : quantity.type == Type::level ? "a level"
                                        : "a duration";
}

// A value of another kind than belongs here: a name, or something computed.
Issue& wrong_type(Context& context, const ast::Value& value, const Quantity& quantity, Code code,
                  std::string_view wanted) {
  const auto* parameter = context.parameter(value.word);
  if (value.kind == Kind::name && !context.names.contains(value.word) && parameter != nullptr) {
    Issue& issue = context.report(code, value.span,
                                  fmt::format("the parameter `{}` is {}, where {} belongs",
                                              value.word, type_name(parameter->type), wanted));
    issue.labels.push_back(Label{parameter->span, "declared here"});
    return issue;
  }
  Issue& issue = context.report(
      code, value.span,
      fmt::format("`{}` is {}, where {} belongs", written(value), type_name(quantity), wanted));
  const auto named = context.names.find(value.word);
  if (value.kind == Kind::name && named != context.names.end() &&
      named->second.span.source == value.span.source)
    issue.labels.push_back(Label{named->second.span, "it is set here"});
  return issue;
}

// The facts that a value needs before it has one.
void need_for(Context& context, const Number& number, Span span) {
  std::vector<std::string> names;
  exact::collect_parameters(number, names);
  for (std::string& name : names) {
    const auto declared = context.parameters.find(name);
    if (declared != context.parameters.end() && !declared->second->value)
      context.need_parameter(std::move(name), span);
  }
}

void need_for(Context& context, const Length& length, Span span) {
  for (const Length::Term& term : length.terms) {
    need_for(context, term.amount, span);
    if (term.of == Length::Of::run) context.need(policy::Need::Fact::run, span);
    if (has_unit(term.of) && term.of != Length::Of::steps)
      context.need(policy::Need::Fact::rate, span, unit_of(term.of));
  }
}

Level normalized(bool relative, Number amount) {
  const auto* number = std::get_if<Rational>(&amount);
  if (number != nullptr && *number == 0) relative = false;  // zero is both
  return {relative, std::move(amount)};
}

void plain_factor(Context& context, Span span) {
  Issue& issue =
      context.report(Code::E0105, span, "`x` is a share of a peak, and a factor has none");
  issue.reason = "in a product one operand has levels, the others are plain factors from 1";
}

std::optional<Level> relative_level(Context& context, Number amount, Span span) {
  if (!context.has_peak()) {
    if (context.is_factor) return plain_factor(context, span), std::nullopt;
    if (!context.peaks_missed.insert(context.output).second) return std::nullopt;
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
  const std::string spelling =
      context.has_peak() ? decimal(value.number / 100) + "x" : decimal(value.number / 100);
  issue.fix = Fix{fmt::format("write `{}`", spelling), value.span, spelling};
}

// A parameter of type `rate` is a level by itself, never a factor.
bool is_rate(const Context& context, const Number& number) {
  const auto* name = std::get_if<exact::ParameterName>(&number);
  return name != nullptr && context.parameters.at(name->name)->type == ParameterType::rate;
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
  issue.annotation = "steps, samples, tokens, epochs, seconds or %?";
  issue.reason = "nothing is converted or assumed: a duration says its unit";
  issue.fix = Fix{fmt::format("write `{} steps` if optimizer updates are meant", value.span.text()),
                  value.span, fmt::format("{} steps", value.span.text())};
}

}  // namespace

std::string written(const ast::Value& value) { return std::string(value.span.text()); }

void negative(Context& context, const ast::Value& value) {
  Issue& issue =
      context.report(Code::E0110, value.span, fmt::format("`{}` is below zero", written(value)));
  issue.reason = "levels, lengths, factors and rates are not negative";
}

Issue& unknown_name(Context& context, const ast::Value& value) {
  Issue& issue =
      context.report(Code::E0308, value.span, fmt::format("nothing is called `{}`", value.word));
  std::vector<std::string> names;
  for (const auto& [name, declared] : context.parameters) names.push_back(name);
  for (const auto& [name, named] : context.names) names.push_back(name);
  if (const auto guess = diagnostics::closest(value.word, names)) {
    issue.fix = Fix{fmt::format("did you mean `{}`?", *guess), value.span, *guess};
  } else {
    issue.fix = Fix{fmt::format("declare it: `param {}: x = 0.1x in 0.01x .. 1x`", value.word),
                    std::nullopt, ""};
  }
  issue.reason = "a value is a number, a `let` or a `param` of the policy";
  return issue;
}

namespace {

// Of `0.0012`, the digits 1 and 2.
std::size_t significant_digits(std::string_view text) {
  std::string digits;
  for (const char c : text.substr(0, text.find_first_of("eEKMBTx"))) {
    if (c >= '0' && c <= '9' && (c != '0' || !digits.empty())) digits += c;
  }
  return digits.find_last_not_of('0') + 1;  // 0 where there are none
}

// What is binary64 from the start keeps some 17 digits; more of them say something that is not
// kept.
void warn_of_lost_digits(Context& context, const ast::Value& value, const Number& number) {
  const auto* literal = std::get_if<Rational>(&number);
  if (literal == nullptr || value.kind > Kind::level || !context.calls.empty()) return;
  const double real = exact::to_double(*literal);
  const std::string kept = fmt::format("{}", real);
  constexpr std::size_t most = 17;
  if (!std::isfinite(real) || significant_digits(value.span.text()) <= most) return;
  Issue& issue = context.report(Code::W0503, value.span,
                                fmt::format("`{}` has more digits than are kept", written(value)));
  issue.reason = "values are binary64, with some 17 digits";
  issue.fix = Fix{fmt::format("write `{}`", kept + (value.kind == Kind::level ? "x" : "")),
                  value.span, kept + (value.kind == Kind::level ? "x" : "")};
}

}  // namespace

std::optional<Level> check_level(Context& context, const ast::Value& value) {
  if (value.kind == Kind::share) return share_as_level(context, value), std::nullopt;
  const auto quantity = evaluate(context, value);
  if (!quantity) return std::nullopt;
  if (quantity->type == Type::length) {
    if (value.kind != Kind::unit)
      return wrong_type(context, value, *quantity, Code::E0106, "a level"), std::nullopt;
    Issue& issue =
        context.report(Code::E0106, value.span,
                       fmt::format("`{}` is a duration, where a level belongs", written(value)));
    issue.reason = "a level is a share of the peak, such as `0.1x`, or a plain number";
    issue.fix =
        Fix{fmt::format("write `for {}` if the length of the phase is meant", written(value)),
            std::nullopt, ""};
    return std::nullopt;
  }
  const auto* literal = std::get_if<Rational>(&quantity->amount);
  if (literal != nullptr && *literal < 0) return negative(context, value), std::nullopt;
  warn_of_lost_digits(context, value, quantity->amount);
  need_for(context, quantity->amount, value.span);
  return quantity->type == Type::level ? relative_level(context, quantity->amount, value.span)
                                       : normalized(false, quantity->amount);
}

std::optional<Length> check_length(Context& context, const ast::Value& value) {
  const bool literal = value.kind <= Kind::unit;
  if (literal && value.number < 0) return negative(context, value), std::nullopt;
  if (value.kind == Kind::plain) return length_without_unit(context, value), std::nullopt;
  if (value.kind == Kind::level) return level_as_length(context, value), std::nullopt;
  const auto quantity = evaluate(context, value);
  if (!quantity) return std::nullopt;
  if (quantity->type != Type::length) {
    const Code code = quantity->type == Type::level ? Code::E0103 : Code::E0104;
    return wrong_type(context, value, *quantity, code, "a duration"), std::nullopt;
  }
  const Rational* exact = quantity->length.exact();
  if (exact != nullptr && *exact < 0) return negative(context, value), std::nullopt;
  const bool of_cycle =
      std::any_of(quantity->length.terms.begin(), quantity->length.terms.end(),
                  [](const Length::Term& term) { return term.of == Length::Of::cycle; });
  if (of_cycle && !context.in_repeat) {
    context.report(Code::E0111, value.span, "a share of a cycle, and no cycle around it").reason =
        "`of cycle` is a share of the `repeat` that it stands in";
    return std::nullopt;
  }
  need_for(context, quantity->length, value.span);
  return quantity->length;
}

std::optional<Length> check_duration(Context& context, const ast::Value& value) {
  auto length = check_length(context, value);
  if (!length) return std::nullopt;
  if (!length->simple() || smallest(context, length->terms[0].amount) != Rational(0)) return length;
  if (std::holds_alternative<Rational>(length->terms[0].amount)) {
    context.report(Code::E0110, value.span, "a duration of zero").reason =
        "a phase that lasts no time is left out; a period or a timescale is above zero";
  } else {
    may_be_too_small(context, value, "0, and a duration is above zero");
  }
  return std::nullopt;
}

void may_be_too_small(Context& context, const ast::Value& value, std::string_view what) {
  Issue& issue =
      context.report(Code::E0110, value.span, fmt::format("`{}` may be {}", written(value), what));
  const auto declared = context.parameters.find(value.word);
  if (declared != context.parameters.end())
    issue.labels.push_back(Label{declared->second->span, "a run may choose it from this"});
}

std::optional<Rational> smallest(const Context& context, const Number& number) {
  if (const auto* literal = std::get_if<Rational>(&number)) return *literal;
  const auto* name = std::get_if<exact::ParameterName>(&number);
  if (name == nullptr) return std::nullopt;
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

std::optional<Number> check_signed_number(Context& context, const ast::Value& value,
                                          std::string_view of) {
  const bool literal =
      value.kind == Kind::share || value.kind == Kind::level || value.kind == Kind::unit;
  if (literal) {
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
  const auto quantity = evaluate(context, value);
  if (!quantity) return std::nullopt;
  if (quantity->type != Type::number || is_rate(context, quantity->amount))
    return wrong_type(context, value, *quantity, Code::E0107, "a plain number"), std::nullopt;
  need_for(context, quantity->amount, value.span);
  return quantity->amount;
}

std::optional<Number> check_number(Context& context, const ast::Value& value, std::string_view of) {
  auto number = check_signed_number(context, value, of);
  const auto* literal = number ? std::get_if<Rational>(&*number) : nullptr;
  if (literal != nullptr && *literal < 0) return negative(context, value), std::nullopt;
  return number;
}

}  // namespace lrc::check
