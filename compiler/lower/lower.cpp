#include "compiler/lower/lower.h"

#include <algorithm>

#include "compiler/ir/canonical.h"

namespace lrc::lower {
namespace {

using exact::Length;
using exact::Level;
using exact::Rational;

ir::Formula number(exact::Number value) {
  return {ir::Formula::Kind::number, std::move(value), "", {}};
}
ir::Formula call(std::string function, std::vector<ir::Formula> arguments) {
  return {ir::Formula::Kind::call, {}, std::move(function), std::move(arguments)};
}

// C3: a curve's name, parameters and definition are replaced by its formula in u.
ir::Formula inlined(const policy::Formula& formula, const std::vector<ir::Formula>& arguments) {
  using Kind = policy::Formula::Kind;
  if (formula.kind == Kind::number) return number(formula.number);
  if (formula.kind == Kind::variable) return arguments[formula.variable];
  std::vector<ir::Formula> built;
  for (const policy::Formula& argument : formula.arguments)
    built.push_back(inlined(argument, arguments));
  if (formula.function == "negate") return call("-", {number(Rational(0)), std::move(built[0])});
  return call(formula.function, std::move(built));
}

ir::Formula shape(const policy::Shape& shape) {
  const ir::Formula u;
  const ir::Formula one = number(Rational(1));
  std::vector<ir::Formula> arguments = {shape.reversed ? call("-", {one, u}) : u};
  for (const exact::Number& argument : shape.arguments) arguments.push_back(number(argument));
  ir::Formula formula = inlined(shape.curve->formula, arguments);
  return shape.reversed ? call("-", {one, std::move(formula)}) : formula;
}

std::optional<ir::Over> over(const std::optional<policy::Over>& value) {
  if (!value) return std::nullopt;
  return ir::Over{value->begin, value->end};
}

ir::Extent extent(const policy::Extent& value) {
  using Kind = policy::Extent::Kind;
  switch (value.kind) {
    case Kind::open: return {ir::Extent::Kind::rest, {}};
    case Kind::for_: return {ir::Extent::Kind::length, value.length};
    case Kind::until: return {ir::Extent::Kind::until, value.length};
    case Kind::last: return {ir::Extent::Kind::last, value.length};
  }
  return {};
}

const Level zero{false, Rational(0)};
const Level full{true, Rational(1)};

// C2: the level that a phase hands over, where that is known before any fact: a whole ramp its end,
// a hold what it holds. Nothing when it must be computed.
std::optional<Level> handed_over(const ir::Phase& phase) {
  if (std::holds_alternative<ir::Hold>(phase.form)) return phase.from;
  if (const auto* ramp = std::get_if<ir::Ramp>(&phase.form); ramp != nullptr && !ramp->over)
    return ramp->to;
  if (const auto* ramp = std::get_if<ir::ExponentialRamp>(&phase.form);
      ramp != nullptr && !ramp->over)
    return ramp->to;
  return std::nullopt;
}

class Lowering {
 public:
  explicit Lowering(std::vector<source::Span>& origins) : origins_(origins) {}

  ir::Curve schedule(const policy::Schedule& value) {
    if (const auto* timeline = std::get_if<policy::Timeline>(&value.value)) {
      return {ir::Curve::Kind::timeline,
              {phases(*timeline, first_level(timeline->phases.front()))},
              {}};
    }
    const auto& combination = std::get<policy::Combination>(value.value);
    ir::Curve built{combination.kind == policy::Combination::Kind::minimum
                        ? ir::Curve::Kind::minimum
                        : ir::Curve::Kind::maximum,
                    {},
                    {}};
    for (const policy::Schedule& operand : combination.operands)
      built.operands.push_back(schedule(operand));
    return built;
  }

 private:
  // `incoming` is the level handed to the first phase: nothing when it must be computed.
  std::vector<ir::Phase> phases(const policy::Timeline& timeline,
                                const std::optional<Level>& incoming) {
    std::vector<ir::Phase> built;
    for (const policy::Phase& phase : timeline.phases) {
      std::optional<Level> from = phase.from;
      if (!from) from = built.empty() ? incoming : handed_over(built.back());
      built.push_back(this->phase(phase, from));
    }
    return built;
  }

  // C1: where the first phase starts is written out.
  static std::optional<Level> first_level(const policy::Phase& phase) {
    if (const auto* repeat = std::get_if<policy::Repeat>(&phase.form)) {
      return first_level(std::get<policy::Timeline>(repeat->body->value).phases.front());
    }
    return std::holds_alternative<policy::Warmup>(phase.form) ? zero : full;
  }

  ir::Phase phase(const policy::Phase& value, std::optional<Level> from) {
    ir::Phase built;
    built.extent = extent(value.extent);
    built.from = std::move(from);
    built.origin = static_cast<std::uint32_t>(origins_.size());
    origins_.push_back(value.span);
    if (const auto* warmup = std::get_if<policy::Warmup>(&value.form)) {
      built.form = ir::Ramp{warmup->to.value_or(full), shape(warmup->shape), over(value.over)};
      built.reading = ir::Reading::end;  // M6
    } else if (const auto* cooldown = std::get_if<policy::Cooldown>(&value.form)) {
      built.form = ir::Ramp{cooldown->to, shape(cooldown->shape), std::nullopt};
    } else if (const auto* ramp = std::get_if<policy::Ramp>(&value.form)) {
      built.form = ir::Ramp{ramp->to, shape(ramp->shape), over(value.over)};
    } else if (const auto* exponential = std::get_if<policy::ExponentialRamp>(&value.form)) {
      built.form = ir::ExponentialRamp{exponential->to, over(value.over)};
    } else if (const auto* decay = std::get_if<policy::Decay>(&value.form)) {
      built.form = this->decay(*decay);
    } else if (const auto* rsqrt = std::get_if<policy::InverseSquareRoot>(&value.form)) {
      built.form = ir::InverseSquareRoot{rsqrt->timescale};
    } else if (const auto* repeat = std::get_if<policy::Repeat>(&value.form)) {
      built.form = ir::Repeat{repeat->period, repeat->growth,
                              phases(std::get<policy::Timeline>(repeat->body->value), built.from)};
      built.from.reset();  // every cycle starts as the first did, and that stands in the body
    } else if (const auto* cycle = std::get_if<policy::Cycle>(&value.form)) {
      built.form = this->cycle(*cycle, built.origin);
      built.from.reset();
    }
    return built;
  }

  static std::variant<ir::Hold, ir::Ramp, ir::ExponentialRamp, ir::Decay, ir::Milestones,
                      ir::InverseSquareRoot, ir::Repeat>
  decay(const policy::Decay& value) {
    if (const auto* per = std::get_if<Length>(&value.when))
      return ir::Decay{value.factor, *per, value.staircase};
    ir::Milestones milestones{value.factor, std::get<std::vector<Length>>(value.when)};
    std::sort(milestones.positions.begin(), milestones.positions.end(), position_before);
    return milestones;
  }

  // C5: by unit and number; a parameter behind the numbers, by its name.
  static bool position_before(const Length& a, const Length& b) {
    if (a.of != b.of) return a.of < b.of;
    if (a.amount.index() != b.amount.index()) return a.amount.index() < b.amount.index();
    if (const auto* name = std::get_if<exact::ParameterName>(&a.amount))
      return name->name < std::get<exact::ParameterName>(b.amount).name;
    return exact::less(std::get<Rational>(a.amount), std::get<Rational>(b.amount));
  }

  // C4: `cycle SHAPE between A and B every D` repeats a ramp from A to B and one back, half a cycle
  // each.
  static ir::Repeat cycle(const policy::Cycle& value, std::uint32_t origin) {
    ir::Phase up;
    up.extent = {ir::Extent::Kind::length, {Length::Of::cycle, Rational(1, 2)}};
    up.from = value.low;
    up.form = ir::Ramp{value.high, shape(value.shape), std::nullopt};
    up.origin = origin;
    ir::Phase down = up;
    down.extent = {ir::Extent::Kind::rest, {}};
    down.from = value.high;
    down.form = ir::Ramp{value.low, shape(value.shape), std::nullopt};
    return {value.period, Rational(1), {up, down}};
  }

  std::vector<source::Span>& origins_;
};

// Peaks and real parameters are binary64 from the start (M9).
Rational binary64(const Rational& value) { return exact::from_double(exact::to_double(value)); }

ir::Parameter parameter(const policy::Parameter& value) {
  ir::Parameter built{value.name, value.type, value.value, value.range};
  if (value.type <= exact::ParameterType::level) {
    if (built.value) built.value = binary64(*built.value);
    if (built.range) built.range = {binary64(built.range->first), binary64(built.range->second)};
  }
  return built;
}

ir::Peak peak(const policy::Peak& value) {
  if (const auto* amount = std::get_if<Rational>(&value.value))
    return {value.output, binary64(*amount)};
  return {value.output, value.value};
}

std::optional<ir::Clamp> clamp(const std::optional<policy::Clamp>& value) {
  if (!value) return std::nullopt;
  return ir::Clamp{value->low, value->high};
}

// C5: independent lines stand in the order of their names.
template <class Item, class Key>
void sort_by(std::vector<Item>& items, Key key) {
  std::sort(items.begin(), items.end(),
            [&](const Item& a, const Item& b) { return a.*key < b.*key; });
}

}  // namespace

Lowered lower(const policy::Policy& policy) {
  Lowered lowered;
  ir::Program& program = lowered.program;
  Lowering lowering(lowered.origins);
  if (policy.run) program.run = policy.run->value;
  for (const auto& rate : policy.rates) program.rates.push_back(rate.value);
  std::sort(program.rates.begin(), program.rates.end(),
            [](const exact::Rate& a, const exact::Rate& b) {
              return std::pair(a.of, a.in) < std::pair(b.of, b.in);
            });
  for (const policy::Parameter& item : policy.parameters)
    program.parameters.push_back(parameter(item));
  for (const policy::Peak& item : policy.peaks) program.peaks.push_back(peak(item));
  for (const policy::Output& item : policy.outputs) {
    program.outputs.push_back({item.name, lowering.schedule(item.schedule), clamp(item.clamp)});
  }
  for (const policy::Group& item : policy.groups) {
    ir::Group group{item.name, item.patterns, {}, {}, {}};
    for (const policy::Output& output : item.outputs)
      group.outputs.push_back({output.name, lowering.schedule(output.schedule), std::nullopt});
    for (const policy::Factor& factor : item.factors)
      group.factors.push_back({factor.output, factor.by});
    for (const policy::GroupClamp& limits : item.clamps)
      group.clamps.push_back({limits.output, {limits.clamp.low, limits.clamp.high}});
    sort_by(group.outputs, &ir::Output::name);
    sort_by(group.factors, &ir::Factor::output);
    sort_by(group.clamps, &ir::GroupClamp::output);
    program.groups.push_back(std::move(group));
  }
  sort_by(program.parameters, &ir::Parameter::name);
  sort_by(program.peaks, &ir::Peak::output);
  sort_by(program.outputs, &ir::Output::name);
  program.inputs = ir::find_inputs(program);
  return lowered;
}

}  // namespace lrc::lower
