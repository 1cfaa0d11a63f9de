// The value of a phase at a place (M7, M8, M9).

#include <algorithm>
#include <limits>

#include "compiler/bind/timeline.h"
#include "compiler/ir/operation.h"
#include "runtime/host/evaluate.h"

namespace lrc::bind {
namespace {

using diagnostics::Code;
using exact::Integer;
using exact::Rational;
using runtime::Operation;

}  // namespace

double TimelineBinder::absolute(const BoundLevel& level) const {
  return level.relative ? level.value * environment_.peak(output_) : level.value;
}

std::pair<Rational, Rational> TimelineBinder::span(const Placed& placed,
                                                   const std::optional<ir::Over>& over,
                                                   const Frame& frame) const {
  Rational begin = placed.start;
  Rational end = placed.whole_end.value_or(begin);
  if (over) {
    if (over->begin) begin = environment_.steps(*over->begin, frame.cycle);
    end = environment_.steps(over->end, frame.cycle);
    if (!over->begin) end += begin;
  }
  if (end <= begin) {
    refuse(Code::E0505, placed.phase->origin, "a ramp whose end is not behind its start",
           fmt::format("it would go from {0}{2} to {1}{2}", exact::to_decimal(begin),
                       exact::to_decimal(end), environment_.updates()));
  }
  return {begin, end};
}

Rational TimelineBinder::duration(const exact::Length& value, const ir::Phase& phase,
                                  const Frame& frame) const {
  Rational updates = environment_.steps(value, frame.cycle);
  if (updates <= 0)
    refuse(Code::E0110, phase.origin, "a duration of zero", "a duration is above zero");
  return updates;
}

Rational TimelineBinder::growth(const ir::Repeat& repeat, const ir::Phase& phase) const {
  Rational growth = environment_.number(repeat.growth);
  if (growth < 1) {
    refuse(Code::E0110, phase.origin,
           fmt::format("cycles growing by `{}` shrink", exact::to_decimal(growth)),
           "infinitely many would fit into a finite time; a growth is at least 1");
  }
  return growth;
}

std::uint32_t TimelineBinder::emit_formula(CodeBuilder& code, const ir::Formula& formula,
                                           std::uint32_t u, const ir::Phase& phase) {
  if (formula.kind == ir::Formula::Kind::progress) return u;
  if (formula.kind == ir::Formula::Kind::number) {
    const Rational number = environment_.number(formula.number);
    const auto* name = std::get_if<exact::ParameterName>(&formula.number);
    if (name != nullptr && number <= 0) {
      refuse(Code::E0110, phase.origin, fmt::format("`{}` shapes a ramp and is 0", name->name),
             "the power of a shape is above zero");
    }
    return code.real(Environment::real(number));
  }
  std::vector<std::uint32_t> operands;
  for (const ir::Formula& argument : formula.arguments)
    operands.push_back(emit_formula(code, argument, u, phase));
  operands.resize(2, 0);
  return code.apply(ir::operation_named(formula.function)->operation, operands[0], operands[1]);
}

// `exponential` goes from a to b by factors, (b/a)^u: b/a must be a number itself.
void TimelineBinder::check_factors(const BoundLevel& from, const BoundLevel& to,
                                   const ir::Phase& phase) {
  if (from.value == 0 || to.value == 0) {
    refuse(Code::E0504, phase.origin, "`exponential` to or from zero",
           "no factor leads from or to zero");
  }
  const double ratio = to.value / from.value;
  if (!std::isnormal(ratio)) {
    refuse(Code::E0506, phase.origin,
           fmt::format("`exponential` from {} to {}: their ratio is beyond binary64", from.value,
                       to.value),
           "the ramp goes from one to the other by equal factors, which must be numbers");
  }
}

// Between two levels in x the ramp is computed in levels; where one end is absolute, the x end is
// multiplied first (M9).
bool TimelineBinder::emit_ramp(CodeBuilder& code, const Placed& placed, const ir::Level& to_level,
                               const ir::Formula* shape, const std::optional<ir::Over>& over,
                               const Place& place, const Frame& frame) {
  BoundLevel from = placed.from;
  BoundLevel to = environment_.level(to_level);
  const auto fits_relative = [](const BoundLevel& level) {
    return level.relative || level.value == 0;
  };
  const bool relative = fits_relative(from) && fits_relative(to) && (from.relative || to.relative);
  if (!relative) {
    from = {false, absolute(from)};
    to = {false, absolute(to)};
  }
  if (shape == nullptr) check_factors(from, to, *placed.phase);
  const auto [begin, end] = span(placed, over, frame);
  const std::uint32_t a = emit_constant(code, from, *placed.phase);
  const std::uint32_t b = emit_constant(code, to, *placed.phase);
  const std::uint32_t u = code.progress(place, begin, end);
  if (shape == nullptr)
    code.apply(Operation::geometric, a, b, u);
  else
    code.apply(Operation::ramp, a, b, u, emit_formula(code, *shape, u, *placed.phase));
  return relative;
}

// A level, whose product with the peak must be a number, too.
std::uint32_t TimelineBinder::emit_constant(CodeBuilder& code, const BoundLevel& level,
                                            const ir::Phase& phase) const {
  if (!std::isfinite(absolute(level))) {
    refuse(Code::E0506, phase.origin,
           level.relative ? fmt::format("`{}x` of the peak {} is beyond the largest number",
                                        level.value, environment_.peak(output_))
                          : fmt::format("`{}` is beyond the largest number", level.value),
           "values are binary64");
  }
  return code.real(level.value);
}

bool TimelineBinder::emit_factor(CodeBuilder& code, const Placed& placed, std::uint32_t factor) {
  code.apply(Operation::multiply, emit_constant(code, placed.from, *placed.phase), factor);
  return placed.from.relative;
}

// V5: what grows without end stops at the largest number, and hands that over.
void TimelineBinder::stop_at_largest(CodeBuilder& code) {
  const auto value = static_cast<std::uint32_t>(code.code().size() - 1);
  code.apply(Operation::minimum, value, code.real(std::numeric_limits<double>::max()));
}

// from * factor^times
bool TimelineBinder::emit_power(CodeBuilder& code, const Placed& placed,
                                const exact::Number& factor, std::uint32_t times) {
  const double base = Environment::real(environment_.number(factor));
  std::uint32_t power = code.apply(Operation::power, code.real(base), times);
  if (base <= 1) return emit_factor(code, placed, power);
  stop_at_largest(code);  // 0 times infinity would be no number
  power = static_cast<std::uint32_t>(code.code().size() - 1);
  const bool relative = emit_factor(code, placed, power);
  stop_at_largest(code);
  return relative;
}

bool TimelineBinder::emit_form(CodeBuilder& code, const Placed& placed, const Place& place,
                               const Frame& frame) {
  const auto& form = placed.phase->form;
  if (const auto* ramp = std::get_if<ir::Ramp>(&form))
    return emit_ramp(code, placed, ramp->to, &ramp->shape, ramp->over, place, frame);
  if (const auto* ramp = std::get_if<ir::ExponentialRamp>(&form))
    return emit_ramp(code, placed, ramp->to, nullptr, ramp->over, place, frame);
  if (const auto* decay = std::get_if<ir::Decay>(&form)) {
    const Rational per = duration(decay->per, *placed.phase, frame);
    const std::uint32_t times = decay->staircase ? code.floor_ratio(place, placed.start, per)
                                                 : code.ratio(place, 1, -placed.start, 0, per);
    return emit_power(code, placed, decay->factor, times);
  }
  if (const auto* milestones = std::get_if<ir::Milestones>(&form)) {
    std::vector<Rational> positions;
    for (const exact::Length& position : milestones->positions)
      positions.push_back(environment_.steps(position, frame.cycle));
    std::sort(positions.begin(), positions.end(), exact::less);
    if (positions.front() < placed.start) {
      refuse(Code::E0505, placed.phase->origin,
             fmt::format("`at` names a position before this phase, which starts at {}{}",
                         exact::to_decimal(placed.start), environment_.updates()),
             fmt::format("{}{} is a position of the run, and has passed by then",
                         exact::to_decimal(positions.front()), environment_.updates()));
    }
    return emit_power(code, placed, milestones->factor, code.passed(place, positions));
  }
  if (const auto* rsqrt = std::get_if<ir::InverseSquareRoot>(&form)) {
    const Rational timescale =
        rsqrt->timescale ? environment_.steps(*rsqrt->timescale, frame.cycle) : placed.start;
    if (timescale == 0) {
      refuse(
          Code::E0503, placed.phase->origin, "`rsqrt` has no timescale and begins at position 0",
          "its timescale would be where it begins; write one, as in `rsqrt timescale 10K steps`");
    }
    const std::uint32_t quotient = code.ratio(place, 0, timescale, 1, timescale - placed.start);
    return emit_factor(code, placed, code.apply(Operation::square_root, quotient));
  }
  emit_constant(code, placed.from, *placed.phase);  // a hold
  return placed.from.relative;
}

// The peak, once, last.
void TimelineBinder::finish(CodeBuilder& code, bool relative) {
  const auto value = static_cast<std::uint32_t>(code.code().size() - 1);
  if (!relative) return;
  code.apply(Operation::multiply, value, code.real(environment_.peak(output_)));
}

BoundLevel TimelineBinder::evaluate(const CodeBuilder& code, bool relative) const {
  runtime::Program alone;
  ProgramBuilder builder(alone);
  alone.outputs = {output_};
  alone.group_sets = {{}};
  alone.slots.push_back({0, 0, builder.add(code)});
  const double value = runtime::evaluate(alone, 0, 0);
  // V5: what has grown beyond the largest number hands that over.
  if (!std::isfinite(absolute({relative, value})))
    return {false, std::numeric_limits<double>::max()};
  return {relative, value};
}

// M5: a jump exactly at the end does not happen, so a staircase is read so shortly before it that
// nothing else lies between.
Rational TimelineBinder::reached(const Placed& placed, const Rational& at,
                                 const Frame& frame) const {
  Integer fine = lcm(exact::denominator(at), exact::denominator(placed.start));
  const auto* decay = std::get_if<ir::Decay>(&placed.phase->form);
  const auto* milestones = std::get_if<ir::Milestones>(&placed.phase->form);
  if (milestones == nullptr && (decay == nullptr || !decay->staircase)) return at;
  if (decay != nullptr)
    fine = lcm(fine, exact::denominator(environment_.steps(decay->per, frame.cycle)));
  if (milestones != nullptr) {
    for (const exact::Length& position : milestones->positions)
      fine = lcm(fine, exact::denominator(environment_.steps(position, frame.cycle)));
  }
  return at - Rational(Integer(1), Integer(2 * fine));
}

BoundLevel TimelineBinder::level_at(const Placed& placed, const Rational& at, const Frame& frame) {
  const bool whole = placed.whole_end && at == *placed.whole_end;
  if (const auto* ramp = std::get_if<ir::Ramp>(&placed.phase->form);
      ramp != nullptr && !ramp->over && whole)
    return environment_.level(ramp->to);
  if (const auto* ramp = std::get_if<ir::ExponentialRamp>(&placed.phase->form);
      ramp != nullptr && !ramp->over && whole)
    return environment_.level(ramp->to);
  if (const auto* repeat = std::get_if<ir::Repeat>(&placed.phase->form)) {
    const InCycle found = in_cycle(placed, *repeat, at, frame);
    return level_at(found.item, found.local, found.inside);
  }
  CodeBuilder code;
  const bool relative = emit_form(code, placed, Place{0, reached(placed, at, frame), 0}, frame);
  return evaluate(code, relative);
}

TimelineBinder::InCycle TimelineBinder::in_cycle(const Placed& placed, const ir::Repeat& repeat,
                                                 const Rational& at, const Frame& frame) {
  const Rational growth = this->growth(repeat, *placed.phase);
  Cycle cycle{placed.start, duration(repeat.period, *placed.phase, frame)};
  if (growth == 1)
    cycle.begin +=
        Rational(std::max<Integer>(0, exact::ceiling((at - cycle.begin) / cycle.period) - 1)) *
        cycle.period;
  else
    while (at > cycle.begin + cycle.period) advance(cycle, placed, growth);
  const Rational local = at - cycle.begin;  // in (0, period]; 0 in a repeat of no length
  const Frame inside{frame.scale, cycle.period, std::nullopt};
  const auto items = place(repeat.body, cycle.period, inside, placed.from);
  const auto found = std::find_if(items.begin(), items.end(),
                                  [&](const Placed& item) { return local <= *item.end; });
  return {*found, local, inside};  // the items cover the cycle
}

// The phase inside a repeat that the repeat's end cuts: where it begins, from where the repeat is
// counted, if it is read at the end of updates.
std::optional<Rational> TimelineBinder::cut_at_end(const Placed& placed, const ir::Repeat& repeat,
                                                   const Frame& frame) {
  if (!placed.end) return std::nullopt;
  InCycle found = in_cycle(placed, repeat, *placed.end, frame);
  if (found.local == *found.item.end) return std::nullopt;  // whole: its own end limits it
  const Rational begin = *placed.end - found.local;
  found.item.end = found.local;
  if (const auto* inner = std::get_if<ir::Repeat>(&found.item.phase->form)) {
    const auto cut = cut_at_end(found.item, *inner, found.inside);
    return cut ? std::optional(Rational(begin + *cut)) : std::nullopt;
  }
  if (found.item.phase->reading != ir::Reading::end) return std::nullopt;
  return begin + found.item.start;
}

}  // namespace lrc::bind
