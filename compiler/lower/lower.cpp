#include "compiler/lower/lower.h"

#include <algorithm>
#include <map>

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

ir::Reading reading(policy::Reading value) { return static_cast<ir::Reading>(value); }
ir::Past past(policy::Past value) { return static_cast<ir::Past>(value); }

using Form = decltype(ir::Phase::form);

class Lowering {
 public:
  Lowering(const policy::Policy& policy, std::vector<source::Span>& origins)
      : policy_(policy), origins_(origins) {}

  ir::Curve schedule(const policy::Schedule& value) {
    return std::visit([&](const auto& item) { return curve(item); }, value.value);
  }

 private:
  using Kind = ir::Curve::Kind;

  ir::Curve curve(const policy::Timeline& timeline) {
    ir::Curve built;
    built.timeline = {phases(timeline, first_level(timeline.phases.front())), past(timeline.past)};
    return built;
  }
  ir::Curve curve(const policy::Combination& combination) {
    ir::Curve built{.kind = Kind::combination, .name = combination.function};
    for (const policy::Schedule& operand : combination.operands)
      built.operands.push_back(schedule(operand));
    return built;
  }
  static ir::Curve curve(const policy::Reference& reference) {
    return {.kind = Kind::reference, .name = reference.output};
  }
  static ir::Curve curve(const policy::Place& place) {
    return {.kind = place.elapsed ? Kind::elapsed : Kind::position, .unit = place.unit};
  }
  static ir::Curve curve(const policy::Progress&) { return {.kind = Kind::progress}; }
  ir::Curve curve(const policy::Mirrored& mirrored) {
    const auto found =
        std::find_if(policy_.outputs.begin(), policy_.outputs.end(),
                     [&](const policy::Output& output) { return output.name == mirrored.output; });
    return {.kind = Kind::mirrored,
            .name = mirrored.output,
            .operands = {schedule(found->schedule)},
            .low = mirrored.low,
            .high = mirrored.high};
  }
  static ir::Curve curve(const policy::Noise& noise) {
    return {.kind = Kind::noise, .number = noise.seed};
  }
  ir::Curve curve(const policy::Shifted& shifted) {
    ir::Curve built{.kind = Kind::late, .operands = {schedule(*shifted.schedule)}};
    if (const auto* period = std::get_if<Length>(&shifted.by)) {
      built.kind = Kind::held;
      built.length = *period;
    } else if (const auto* extension = std::get_if<policy::Extension>(&shifted.by)) {
      built.kind = Kind::extended;
      built.length = extension->at;
      built.end = extension->end;
    } else {
      built.number = std::get<exact::Number>(shifted.by);
    }
    return built;
  }

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
    const auto* ramp = std::get_if<policy::ExponentialRamp>(&phase.form);
    const bool warm =
        std::holds_alternative<policy::Warmup>(phase.form) || (ramp != nullptr && ramp->warm);
    return warm ? zero : full;
  }

  ir::Phase phase(const policy::Phase& value, std::optional<Level> from) {
    ir::Phase built;
    built.extent = extent(value.extent);
    built.from = std::move(from);
    built.origin = static_cast<std::uint32_t>(origins_.size());
    origins_.push_back(value.span);
    built.form =
        std::visit([&](const auto& form) { return this->form(form, value, built); }, value.form);
    const bool starts_itself = std::holds_alternative<ir::Repeat>(built.form) ||
                               std::holds_alternative<ir::Formulaic>(built.form);
    if (starts_itself) built.from.reset();  // where a cycle starts stands in its body
    if (read_where_said(built.form)) built.reading = reading(value.reading);
    return built;
  }

  // M6: jumps and staircases are decided at the start of an update, and so is what never changes;
  // the phases of a cycle have readings of their own.
  static bool read_where_said(const Form& form) {
    const auto* decay = std::get_if<ir::Decay>(&form);
    return !std::holds_alternative<ir::Hold>(form) && !std::holds_alternative<ir::Repeat>(form) &&
           !std::holds_alternative<ir::Milestones>(form) && (decay == nullptr || !decay->staircase);
  }

  static Form form(const policy::Warmup& warmup, const policy::Phase& phase, const ir::Phase&) {
    return ir::Ramp{warmup.to.value_or(full), shape(warmup.shape), over(phase.over)};
  }
  static Form form(const policy::Cooldown& cooldown, const policy::Phase&, const ir::Phase&) {
    return ir::Ramp{cooldown.to, shape(cooldown.shape), std::nullopt};
  }
  static Form form(const policy::Ramp& ramp, const policy::Phase& phase, const ir::Phase&) {
    return ir::Ramp{ramp.to, shape(ramp.shape), over(phase.over)};
  }
  static Form form(const policy::ExponentialRamp& ramp, const policy::Phase& phase,
                   const ir::Phase&) {
    return ir::ExponentialRamp{ramp.to.value_or(full), over(phase.over)};
  }
  static Form form(const policy::Hold&, const policy::Phase&, const ir::Phase&) {
    return ir::Hold{};
  }
  static Form form(const policy::Decay& decay, const policy::Phase&, const ir::Phase&) {
    if (const auto* per = std::get_if<Length>(&decay.when))
      return ir::Decay{decay.factor, *per, decay.staircase};
    ir::Milestones milestones{decay.factor, std::get<std::vector<Length>>(decay.when)};
    std::sort(milestones.positions.begin(), milestones.positions.end(), position_before);
    return milestones;
  }
  static Form form(const policy::InverseSquareRoot& rsqrt, const policy::Phase&, const ir::Phase&) {
    return ir::InverseSquareRoot{rsqrt.timescale};
  }
  static Form form(const policy::PowerLaw& power, const policy::Phase&, const ir::Phase&) {
    return ir::PowerLaw{power.power, power.timescale};
  }
  Form form(const policy::Formulaic& formula, const policy::Phase&, const ir::Phase&) {
    return ir::Formulaic{{schedule(*formula.schedule)}};
  }
  Form form(const policy::Repeat& repeat, const policy::Phase&, const ir::Phase& built) {
    ir::Repeat form = growing(repeat.growth);
    form.period = repeat.period;
    form.body = phases(std::get<policy::Timeline>(repeat.body->value), built.from);
    return form;
  }

  static ir::Repeat growing(const policy::Growth& growth) {
    ir::Repeat built;
    built.growth = growth.length;
    built.peak = growth.peak;
    built.swing = growth.swing;
    built.at_most = growth.at_most;
    return built;
  }

  // C5: by unit and number; what has a parameter in it behind the numbers, by its text.
  static bool position_before(const Length& a, const Length& b) {
    if (a.exact() == nullptr || b.exact() == nullptr) {
      if ((a.exact() == nullptr) != (b.exact() == nullptr)) return a.exact() != nullptr;
      return ir::text(a) < ir::text(b);
    }
    if (a.of() != b.of()) return a.of() < b.of();
    return exact::less(*a.exact(), *b.exact());
  }

  // C4: `cycle SHAPE between A and B every D` repeats a ramp from A to B and one back.
  Form form(const policy::Cycle& value, const policy::Phase& phase, const ir::Phase& built) {
    ir::Phase up;
    up.extent = {ir::Extent::Kind::length, {Length::Of::cycle, value.up}};
    up.from = value.low;
    up.form = ir::Ramp{value.high, shape(value.shape), std::nullopt};
    up.reading = reading(phase.reading);
    up.origin = built.origin;
    ir::Phase down = up;
    down.extent = {ir::Extent::Kind::rest, {}};
    down.from = value.high;
    down.form = ir::Ramp{value.low, shape(value.shape), std::nullopt};
    ir::Repeat form = growing(value.growth);
    form.period = value.period;
    form.body = {up, down};
    return form;
  }

  const policy::Policy& policy_;
  std::vector<source::Span>& origins_;
};

// Peaks and real parameters are binary64 from the start (M9).
Rational binary64(const Rational& value) { return exact::from_double(exact::to_double(value)); }

ir::Parameter parameter(const policy::Parameter& value) {
  ir::Parameter built{value.name, value.type, value.value, value.range};
  if (exact::is_real(value.type)) {
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

// C8: what is not said of a trigger is written out or left out, in one way each.
ir::Trigger trigger(const policy::Trigger& value) {
  ir::Trigger built{static_cast<ir::Trigger::Kind>(value.kind),
                    value.metrics,
                    value.upwards,
                    value.level,
                    value.relative,
                    value.count,
                    value.window};
  const auto* level = std::get_if<Rational>(&value.level);
  if (level != nullptr && *level == 0) built.relative = false;
  std::sort(built.metrics.begin(), built.metrics.end());
  built.metrics.erase(std::unique(built.metrics.begin(), built.metrics.end()), built.metrics.end());
  return built;
}

ir::Reaction reaction(const policy::Reaction& value) {
  return {value.output, value.by, value.duration, value.floor, value.most, value.ignored};
}

ir::Rule rule(const policy::Rule& value) {
  ir::Rule built{trigger(value.trigger), value.cooldown, value.after, value.counting, {}, 0};
  for (const policy::Reaction& item : value.reactions) built.reactions.push_back(reaction(item));
  std::sort(built.reactions.begin(), built.reactions.end(),
            [](const ir::Reaction& a, const ir::Reaction& b) { return a.output < b.output; });
  built.signals = value.signals;
  std::sort(built.signals.begin(), built.signals.end());
  return built;
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
  Lowering lowering(policy, lowered.origins);
  if (policy.run) program.run = policy.run->value;
  if (policy.stop) program.stop = policy.stop->value;
  for (const auto& rate : policy.rates) program.rates.push_back(rate.value);
  std::sort(program.rates.begin(), program.rates.end(),
            [](const exact::Rate& a, const exact::Rate& b) {
              return std::pair(a.of, a.in) < std::pair(b.of, b.in);
            });
  // Those of one rate are in the order of their positions already.
  std::map<std::pair<exact::Unit, exact::Unit>, std::vector<ir::Jump>> jumps;
  for (const policy::Jump& item : policy.jumps)
    jumps[{item.rate.of, item.rate.in}].push_back({item.rate, item.at});
  for (const auto& [rate, of_rate] : jumps)
    program.jumps.insert(program.jumps.end(), of_rate.begin(), of_rate.end());
  for (const policy::Parameter& item : policy.parameters)
    program.parameters.push_back(parameter(item));
  for (const policy::Peak& item : policy.peaks) program.peaks.push_back(peak(item));
  for (const policy::Output& item : policy.outputs) {
    program.outputs.push_back({item.name, lowering.schedule(item.schedule), clamp(item.clamp)});
    if (item.scale)
      program.outputs.back().scale =
          ir::Scale{item.scale->root, item.scale->from, item.scale->unit};
  }
  for (const policy::Group& item : policy.groups) {
    ir::Group group{item.name, item.patterns, {}, {}, {}, std::nullopt};
    if (item.frozen) group.frozen = ir::Frozen{item.frozen->until};
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
  for (const policy::Rule& item : policy.rules) {
    program.rules.push_back(rule(item));
    program.rules.back().origin = static_cast<std::uint32_t>(lowered.origins.size());
    lowered.origins.push_back(item.span);
  }
  sort_by(program.parameters, &ir::Parameter::name);
  sort_by(program.peaks, &ir::Peak::output);
  sort_by(program.outputs, &ir::Output::name);
  program.inputs = ir::find_inputs(program);
  return lowered;
}

}  // namespace lrc::lower
