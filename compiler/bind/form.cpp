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

std::uint32_t TimelineBinder::emit_formula(CodeBuilder& code, const ir::Formula& formula,
                                           std::uint32_t u) {
  if (formula.kind == ir::Formula::Kind::progress) return u;
  if (formula.kind == ir::Formula::Kind::number)
    return code.real(Environment::real(environment_.number(formula.number)));
  std::vector<std::uint32_t> operands;
  for (const ir::Formula& argument : formula.arguments)
    operands.push_back(emit_formula(code, argument, u));
  operands.resize(2, 0);
  return code.apply(ir::operation_named(formula.function)->operation, operands[0], operands[1]);
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
  if (shape == nullptr && (from.value == 0 || to.value == 0)) {
    refuse(Code::E0504, placed.phase->origin, "`exponential` to or from zero",
           "no factor leads from or to zero");
  }
  const auto [begin, end] = span(placed, over, frame);
  const std::uint32_t a = code.real(from.value);
  const std::uint32_t b = code.real(to.value);
  const std::uint32_t u = code.progress(place, begin, end);
  if (shape == nullptr)
    code.apply(Operation::geometric, a, b, u);
  else
    code.apply(Operation::ramp, a, b, u, emit_formula(code, *shape, u));
  return relative;
}

bool TimelineBinder::emit_factor(CodeBuilder& code, const BoundLevel& from, std::uint32_t factor) {
  code.apply(Operation::multiply, code.real(from.value), factor);
  return from.relative;
}

// factor^times. A factor above 1 grows without end and stops at the largest number.
std::uint32_t TimelineBinder::emit_power(CodeBuilder& code, const exact::Number& factor,
                                         std::uint32_t times) {
  const double base = Environment::real(environment_.number(factor));
  const std::uint32_t power = code.apply(Operation::power, code.real(base), times);
  return base > 1
             ? code.apply(Operation::minimum, power, code.real(std::numeric_limits<double>::max()))
             : power;
}

bool TimelineBinder::emit_form(CodeBuilder& code, const Placed& placed, const Place& place,
                               const Frame& frame) {
  const auto& form = placed.phase->form;
  if (const auto* ramp = std::get_if<ir::Ramp>(&form))
    return emit_ramp(code, placed, ramp->to, &ramp->shape, ramp->over, place, frame);
  if (const auto* ramp = std::get_if<ir::ExponentialRamp>(&form))
    return emit_ramp(code, placed, ramp->to, nullptr, ramp->over, place, frame);
  if (const auto* decay = std::get_if<ir::Decay>(&form)) {
    const Rational per = environment_.steps(decay->per, frame.cycle);
    const std::uint32_t times = decay->staircase ? code.floor_ratio(place, placed.start, per)
                                                 : code.ratio(place, 1, -placed.start, 0, per);
    return emit_factor(code, placed.from, emit_power(code, decay->factor, times));
  }
  if (const auto* milestones = std::get_if<ir::Milestones>(&form)) {
    std::vector<Rational> positions;
    for (const exact::Length& position : milestones->positions)
      positions.push_back(environment_.steps(position, frame.cycle));
    std::sort(positions.begin(), positions.end());
    return emit_factor(code, placed.from,
                       emit_power(code, milestones->factor, code.passed(place, positions)));
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
    return emit_factor(code, placed.from, code.apply(Operation::square_root, quotient));
  }
  code.real(placed.from.value);  // a hold
  return placed.from.relative;
}

// The peak, once, last.
void TimelineBinder::finish(CodeBuilder& code, bool relative) {
  const auto value = static_cast<std::uint32_t>(code.code().size() - 1);
  if (!relative) return;
  const double peak = environment_.peak(output_);
  for (const double level : code.reals()) {
    if (std::isfinite(level * peak)) continue;
    refuse(Code::E0506, std::nullopt,
           fmt::format("`{}x` of the peak {} is beyond the largest number", level, peak),
           "values are binary64");
  }
  code.apply(Operation::multiply, value, code.real(peak));
}

BoundLevel TimelineBinder::evaluate(const CodeBuilder& code, bool relative) const {
  runtime::Program alone;
  ProgramBuilder builder(alone);
  alone.outputs = {output_};
  alone.group_sets = {{}};
  alone.slots.push_back({0, 0, builder.add(code)});
  return {relative, runtime::evaluate(alone, 0, 0)};
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
  if (const auto* repeat = std::get_if<ir::Repeat>(&placed.phase->form))
    return level_in_cycle(placed, *repeat, at, frame);
  CodeBuilder code;
  const bool relative = emit_form(code, placed, Place{0, reached(placed, at, frame), 0}, frame);
  return evaluate(code, relative);
}

BoundLevel TimelineBinder::level_in_cycle(const Placed& placed, const ir::Repeat& repeat,
                                          const Rational& at, const Frame& frame) {
  const Rational growth = environment_.number(repeat.growth);
  Rational period = environment_.steps(repeat.period, frame.cycle);
  Rational local = at - placed.start;
  if (growth == 1) {
    local -= Rational(exact::ceiling(local / period) - 1) * period;  // in (0, period]
  } else {
    for (; local > period; period *= growth) local -= period;
  }
  const Frame cycle{frame.scale, period, std::nullopt};
  for (const Placed& item : place(repeat.body, period, cycle, placed.from)) {
    if (local <= *item.end) return level_at(item, local, cycle);
  }
  return placed.from;
}

}  // namespace lrc::bind
