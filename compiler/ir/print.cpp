#include <array>
#include <bit>

#include <fmt/format.h>
#include <sodium/crypto_hash_sha256.h>
#include <sodium/utils.h>

#include "compiler/ir/canonical.h"
#include "compiler/ir/expression.h"
#include "compiler/ir/names.h"

namespace lrc::ir {
namespace {

std::string real(const exact::Rational& value) {
  return fmt::format("{}", exact::to_double(value));
}

Expression number(const Number& value) {
  if (const auto* name = std::get_if<exact::ParameterName>(&value))
    return Expression::list("parameter").add(name->name);
  if (const auto* literal = std::get_if<exact::Rational>(&value))
    return Expression::atom(exact::to_text(*literal));
  const auto& call = std::get<exact::NumberCall>(value);
  Expression built = Expression::list(call.function);
  for (const Number& argument : call.arguments) built.add(number(argument));
  return built;
}

Expression term(const Length::Term& value) {
  Expression built;
  return built.add(number(value.amount))
      .add(std::string(length_names[static_cast<std::size_t>(value.of)]));
}

Expression length(const Length& value) {
  Expression sum = Expression::list("+");
  for (const Length::Term& item : value.terms) sum.add(term(item));
  Expression built = value.terms.size() == 1 ? term(value.terms[0]) : std::move(sum);
  if (value.rounding == exact::Rounding::none) return built;
  Expression rounded = Expression::list("round").add(
      std::string(rounding_names[static_cast<std::size_t>(value.rounding)]));
  if (value.of_float_product) rounded.add("float");
  return rounded.add(std::move(built));
}

Expression level(const Level& value) {
  if (!value.relative) return number(value.amount);
  Expression built;
  return built.add(number(value.amount)).add("x");
}

Expression formula(const Formula& value) {
  if (value.kind == Formula::Kind::progress) return Expression::atom("u");
  if (value.kind == Formula::Kind::number) return number(value.number);
  Expression built = Expression::list(value.function);
  for (const Formula& argument : value.arguments) built.add(formula(argument));
  return built;
}

Expression over(const Over& value) {
  Expression built = Expression::list("over");
  if (value.begin) built.add(length(*value.begin));
  return built.add(length(value.end));
}

Expression phase(const Phase& value);
Expression curve(const Curve& value);

bool is_one(const Number& value) { return value == Number(exact::Rational(1)); }

struct FormPrinter {
  Expression operator()(const Hold&) const { return Expression::list("hold"); }
  Expression operator()(const Ramp& ramp) const {
    Expression built = Expression::list("ramp").add(level(ramp.to)).add(formula(ramp.shape));
    return ramp.over ? built.add(over(*ramp.over)) : built;
  }
  Expression operator()(const ExponentialRamp& ramp) const {
    Expression built = Expression::list("exponential").add(level(ramp.to));
    return ramp.over ? built.add(over(*ramp.over)) : built;
  }
  Expression operator()(const Decay& decay) const {
    return Expression::list(decay.staircase ? "staircase" : "decay")
        .add(number(decay.factor))
        .add(length(decay.per));
  }
  Expression operator()(const Milestones& milestones) const {
    Expression built = Expression::list("milestones").add(number(milestones.factor));
    for (const Length& position : milestones.positions) built.add(length(position));
    return built;
  }
  Expression operator()(const InverseSquareRoot& form) const {
    return Expression::list("rsqrt").add(form.timescale ? length(*form.timescale)
                                                        : Expression::atom("start"));
  }
  Expression operator()(const PowerLaw& form) const {
    return Expression::list("power").add(number(form.power)).add(length(form.timescale));
  }
  Expression operator()(const Repeat& repeat) const {
    Expression built = Expression::list("repeat");
    const auto* every = std::get_if<Length>(&repeat.period);
    built.add(every != nullptr
                  ? length(*every)
                  : Expression::list("times").add(number(std::get<Number>(repeat.period))));
    built.add(number(repeat.growth));
    if (!is_one(repeat.peak)) built.add(Expression::list("peak").add(number(repeat.peak)));
    if (!is_one(repeat.swing)) built.add(Expression::list("swing").add(number(repeat.swing)));
    if (repeat.at_most) built.add(Expression::list("most").add(number(*repeat.at_most)));
    for (const Phase& item : repeat.body) built.add(phase(item));
    return built;
  }
  Expression operator()(const Formulaic& form) const {
    return Expression::list("formula").add(curve(form.curve[0]));
  }
};

Expression phase(const Phase& value) {
  Expression built = Expression::list("phase");
  Expression extent =
      Expression::list(std::string(extent_names[static_cast<std::size_t>(value.extent.kind)]));
  if (value.extent.kind != Extent::Kind::rest) extent.add(length(value.extent.length));
  built.add(std::move(extent));
  Expression from = Expression::list("from");
  built.add(value.from ? from.add(level(*value.from)) : from.add("before"));
  built.add(std::visit(FormPrinter{}, value.form));
  return built.add(Expression::list("read").add(
      std::string(reading_names[static_cast<std::size_t>(value.reading)])));
}

Expression timeline(const Timeline& value) {
  Expression built = Expression::list("timeline");
  if (value.past != Past::hold)
    built.add(Expression::list("past").add(
        std::string(past_names[static_cast<std::size_t>(value.past)])));
  for (const Phase& item : value.phases) built.add(phase(item));
  return built;
}

Expression curve(const Curve& value) {
  using Kind = Curve::Kind;
  const auto of_unit = [&](std::string head) {
    return Expression::list(std::move(head)).add(std::string(singular(value.unit)));
  };
  switch (value.kind) {
    case Kind::timeline: return timeline(value.timeline);
    case Kind::combination: break;
    case Kind::reference: return Expression::list("value").add(value.name);
    case Kind::position: return of_unit("position");
    case Kind::elapsed: return of_unit("elapsed");
    case Kind::progress: return Expression::list("progress");
    case Kind::noise: return Expression::list("noise").add(number(value.number));
    case Kind::mirrored:
      return Expression::list("mirror")
          .add(value.name)
          .add(level(value.low))
          .add(level(value.high))
          .add(curve(value.operands[0]));
    case Kind::late:
      return Expression::list("late").add(number(value.number)).add(curve(value.operands[0]));
    case Kind::held:
      return Expression::list("held").add(length(value.length)).add(curve(value.operands[0]));
    case Kind::extended:
      return Expression::list("extended")
          .add(length(value.length))
          .add(length(value.end))
          .add(curve(value.operands[0]));
  }
  Expression built = Expression::list("combine").add(value.name);
  for (const Curve& operand : value.operands) built.add(curve(operand));
  return built;
}

Expression clamp(const Clamp& value) {
  return Expression::list("clamp").add(level(value.low)).add(level(value.high));
}

Expression output(const Output& value) {
  Expression built = Expression::list("output").add(value.name).add(curve(value.curve));
  if (value.scale) {
    built.add(Expression::list("scale")
                  .add(value.scale->root ? "sqrt" : "linear")
                  .add(exact::to_text(value.scale->from))
                  .add(std::string(singular(value.scale->unit))));
  }
  return value.clamp ? built.add(clamp(*value.clamp)) : built;
}

Expression group(const Group& value) {
  Expression built = Expression::list("group").add(value.name);
  for (const std::string& pattern : value.patterns) built.add(Expression::quoted(pattern));
  for (const Output& item : value.outputs) built.add(output(item));
  for (const Factor& factor : value.factors)
    built.add(Expression::list("factor").add(factor.output).add(number(factor.by)));
  for (const GroupClamp& item : value.clamps) built.add(clamp(item.clamp).add(item.output));
  if (value.frozen) {
    Expression frozen = Expression::list("frozen");
    if (value.frozen->until) frozen.add(length(*value.frozen->until));
    built.add(std::move(frozen));
  }
  return built;
}

Expression trigger(const Trigger& value) {
  using Kind = Trigger::Kind;
  Expression built =
      Expression::list(std::string(trigger_names[static_cast<std::size_t>(value.kind)]));
  for (const std::string& metric : value.metrics) built.add(metric);
  if (value.kind == Kind::plateau) {
    built.add(value.upwards ? "rising" : "falling").add(std::to_string(value.count));
    built.add(number(value.level)).add(value.relative ? "relative" : "absolute");
  } else if (value.kind == Kind::spike) {
    built.add(number(value.level)).add(length(*value.window));
  } else if (value.kind == Kind::threshold) {
    built.add(value.upwards ? "above" : "below").add(number(value.level));
  }
  return built;
}

Expression reaction(const Reaction& value) {
  Expression built = Expression::list("reaction").add(value.output).add(number(value.by));
  if (value.duration) built.add(Expression::list("for").add(length(*value.duration)));
  if (value.floor) built.add(Expression::list("floor").add(level(*value.floor)));
  if (value.most) built.add(Expression::list("most").add(std::to_string(*value.most)));
  if (value.ignored) built.add(Expression::list("ignored").add(level(*value.ignored)));
  return built;
}

Expression rule(const Rule& value) {
  Expression built = Expression::list("rule").add(trigger(value.trigger));
  if (value.cooldown > 0)
    built.add(Expression::list("cooldown").add(std::to_string(value.cooldown)));
  if (value.after) built.add(Expression::list("after").add(length(*value.after)));
  if (value.counting) built.add(Expression::list("counting"));
  for (const Reaction& item : value.reactions) built.add(reaction(item));
  for (const std::string& name : value.signals) built.add(Expression::list("signal").add(name));
  return built;
}

Expression parameter(const Parameter& value) {
  const auto text = [&](const exact::Rational& amount) {
    return value.type <= exact::ParameterType::level ? real(amount) : exact::to_text(amount);
  };
  Expression built = Expression::list("parameter")
                         .add(value.name)
                         .add(std::string(parameter_names[static_cast<std::size_t>(value.type)]))
                         .add(value.value ? text(*value.value) : std::string(open_value));
  return value.range ? built.add(text(value.range->first)).add(text(value.range->second)) : built;
}

Expression peak(const Peak& value) {
  Expression built = Expression::list("peak").add(value.output);
  if (const auto* amount = std::get_if<exact::Rational>(&value.value))
    return built.add(real(*amount));
  return built.add(number(value.value));
}

Expression inputs(const Inputs& value) {
  Expression built = Expression::list("inputs");
  if (value.run) built.add("run");
  for (const std::string& name : value.peaks) built.add(Expression::list("peak").add(name));
  for (const exact::Unit unit : value.rates)
    built.add(Expression::list("rate").add(std::string(singular(unit))));
  for (const std::string& name : value.parameters)
    built.add(Expression::list("parameter").add(name));
  return built;
}

}  // namespace

std::string text(const Length& value) { return print(length(value)); }

std::string print(const Program& program) {
  Expression built = Expression::list("lrc1");
  built.add(inputs(program.inputs));
  if (program.run) built.add(Expression::list("run").add(length(*program.run)));
  if (program.stop) built.add(Expression::list("stop").add(length(*program.stop)));
  for (const exact::Rate& rate : program.rates) {
    built.add(Expression::list("rate")
                  .add(std::string(singular(rate.of)))
                  .add(exact::to_text(rate.amount))
                  .add(std::string(singular(rate.in))));
  }
  for (const Jump& item : program.jumps) {
    built.add(Expression::list("jump")
                  .add(std::string(singular(item.rate.of)))
                  .add(exact::to_text(item.rate.amount))
                  .add(std::string(singular(item.rate.in)))
                  .add(length(item.at)));
  }
  for (const Parameter& item : program.parameters) built.add(parameter(item));
  for (const Peak& item : program.peaks) built.add(peak(item));
  for (const Output& item : program.outputs) built.add(output(item));
  for (const Group& item : program.groups) built.add(group(item));
  for (const Rule& item : program.rules) built.add(rule(item));
  return print(built);
}

std::string hash(std::string_view text) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(text.data()),
                     text.size());
  std::array<char, 2 * crypto_hash_sha256_BYTES + 1> hex{};
  sodium_bin2hex(hex.data(), hex.size(), digest.data(), digest.size());
  return std::string("lrc1:") + hex.data();
}

std::string bits(double value) {
  return fmt::format("{:016x}", std::bit_cast<std::uint64_t>(value));
}

}  // namespace lrc::ir
