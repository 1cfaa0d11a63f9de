// The value of a phase at a place (M7, M8, M9).

#include <algorithm>
#include <limits>
#include <utility>

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

// Of the cycle that is bound; 1 where its levels are multiplied by the peak behind it.
double TimelineBinder::peak() const {
  if (in_levels_) return 1;
  double peak = environment_.peak(output_);
  if (scaling_ != 1) peak *= scaling_;
  return peak_factor_ == 1 ? peak : peak * peak_factor_;
}

double TimelineBinder::absolute(const BoundLevel& level) const {
  return level.relative ? level.value * peak() : level.value;
}

std::pair<Rational, Rational> TimelineBinder::span(const Placed& placed,
                                                   const std::optional<ir::Over>& over,
                                                   const Frame& frame) const {
  Rational begin = placed.start;
  Rational end = placed.whole_end.value_or(begin);
  if (over) {
    if (over->begin) begin = position(*over->begin);
    end = over->begin ? position(over->end) : Rational(begin + length(over->end, frame));
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
  Rational duration = length(value, frame);
  if (duration <= 0)
    refuse(Code::E0110, phase.origin, "a duration of zero", "a duration is above zero");
  return duration;
}

const exact::Length& TimelineBinder::checked(const exact::Length& value, const ir::Phase& phase,
                                             const Frame& frame) const {
  if (environment_.amount(value, frame.cycle).value <= 0)
    refuse(Code::E0110, phase.origin, "a duration of zero", "a duration is above zero");
  return value;
}

Rational TimelineBinder::length(const exact::Length& value, const Frame& frame) const {
  if (!clock_) return environment_.steps(value, frame.cycle);
  const Environment::Amount amount = environment_.amount(value, frame.cycle);
  return amount.value * environment_.factor(amount.unit, *clock_);
}

Rational TimelineBinder::position(const exact::Length& value) const {
  const Rational updates = environment_.position(value);
  return clock_ ? environment_.path().clock(*clock_, updates) : updates;
}

std::uint32_t TimelineBinder::emit_formula(CodeBuilder& code, const ir::Formula& formula,
                                           std::uint32_t u, const ir::Phase& phase) {
  if (formula.kind == ir::Formula::Kind::progress) return u;
  if (formula.kind == ir::Formula::Kind::number) {
    const double number = environment_.real(formula.number);
    const auto* name = std::get_if<exact::ParameterName>(&formula.number);
    if (name != nullptr && number <= 0) {
      refuse(Code::E0110, phase.origin, fmt::format("`{}` shapes a ramp and is 0", name->name),
             "the power of a shape is above zero");
    }
    return code.real(number);
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
                                        level.value, peak())
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
  const std::uint32_t value = code.last();
  code.apply(Operation::minimum, value, code.real(std::numeric_limits<double>::max()));
}

// from * base^times
bool TimelineBinder::emit_power(CodeBuilder& code, const Placed& placed, double base,
                                std::uint32_t times) {
  std::uint32_t power = code.apply(Operation::power, code.real(base), times);
  if (base <= 1) return emit_factor(code, placed, power);
  stop_at_largest(code);  // 0 times infinity would be no number
  power = code.last();
  const bool relative = emit_factor(code, placed, power);
  stop_at_largest(code);
  return relative;
}

bool TimelineBinder::emit_milestones(CodeBuilder& code, const Placed& placed,
                                     const ir::Milestones& form, const Place& place) {
  std::vector<Rational> positions;
  for (const exact::Length& position : form.positions)
    positions.push_back(this->position(position));
  std::sort(positions.begin(), positions.end(), exact::less);
  if (positions.front() < placed.start) {
    refuse(Code::E0505, placed.phase->origin,
           fmt::format("`at` names a position before this phase, which starts at {}{}",
                       exact::to_decimal(placed.start), environment_.updates()),
           fmt::format("{}{} is a position of the run, and has passed by then",
                       exact::to_decimal(positions.front()), environment_.updates()));
  }
  return emit_power(code, placed, environment_.real(form.factor), code.passed(place, positions));
}

bool TimelineBinder::emit_rsqrt(CodeBuilder& code, const Placed& placed,
                                const ir::InverseSquareRoot& form, const Place& place,
                                const Frame& frame) {
  const Rational timescale = form.timescale ? length(*form.timescale, frame) : placed.start;
  if (timescale <= 0) {
    refuse(Code::E0503, placed.phase->origin, "`rsqrt` has no timescale and begins at position 0",
           "its timescale would be where it begins; write one, as in `rsqrt timescale 10K steps`");
  }
  const std::uint32_t quotient = code.ratio(place, 0, timescale, 1, timescale - placed.start);
  return emit_factor(code, placed, code.apply(Operation::square_root, quotient));
}

bool TimelineBinder::emit_power_law(CodeBuilder& code, const Placed& placed,
                                    const ir::PowerLaw& form, const Place& place,
                                    const Frame& frame) {
  const Rational timescale = duration(form.timescale, *placed.phase, frame);
  const std::uint32_t ratio = code.ratio(place, 1, timescale - placed.start, 0, timescale);
  const std::uint32_t power = code.real(environment_.real(form.power));
  const std::uint32_t factor = code.apply(Operation::power, ratio, power);
  const bool relative = emit_factor(code, placed, factor);
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
    return emit_power(code, placed, environment_.real(decay->factor), times);
  }
  if (const auto* milestones = std::get_if<ir::Milestones>(&form))
    return emit_milestones(code, placed, *milestones, place);
  if (const auto* rsqrt = std::get_if<ir::InverseSquareRoot>(&form))
    return emit_rsqrt(code, placed, *rsqrt, place, frame);
  if (const auto* power = std::get_if<ir::PowerLaw>(&form))
    return emit_power_law(code, placed, *power, place, frame);
  if (const auto* formula = std::get_if<ir::Formulaic>(&form)) {
    defined(code, emit_curve_(code, formula->curve[0], {frame, place, placed.start}));
    return false;
  }
  emit_constant(code, placed.from, *placed.phase);  // a hold
  return placed.from.relative;
}

// The peak, once, last.
void TimelineBinder::finish(CodeBuilder& code, bool relative) {
  if (!relative || in_levels_) return;
  const std::uint32_t value = code.last();
  code.apply(Operation::multiply, value, code.real(peak()));
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
  if (decay != nullptr) fine = lcm(fine, exact::denominator(length(decay->per, frame)));
  if (milestones != nullptr) {
    for (const exact::Length& position : milestones->positions)
      fine = lcm(fine, exact::denominator(this->position(position)));
  }
  return at - Rational(Integer(1), Integer(2 * fine));
}

BoundLevel TimelineBinder::level_at(const Placed& placed, const Rational& at, const Frame& frame) {
  const bool whole = placed.whole_end && exact::equal(at, *placed.whole_end);
  if (const auto* ramp = std::get_if<ir::Ramp>(&placed.phase->form);
      ramp != nullptr && !ramp->over && whole)
    return environment_.level(ramp->to);
  if (const auto* ramp = std::get_if<ir::ExponentialRamp>(&placed.phase->form);
      ramp != nullptr && !ramp->over && whole)
    return environment_.level(ramp->to);
  if (std::holds_alternative<ir::Repeat>(placed.phase->form)) return repeat_at(placed, at, frame);
  if (std::holds_alternative<ir::Formulaic>(placed.phase->form))
    return formula_at(placed, at, frame);
  const auto unit = clock_of(placed, frame);
  const Placed local = unit ? in_clock(placed, *unit) : placed;
  const Rational local_at = unit ? environment_.path().clock(*unit, at) : at;
  const auto outside = std::exchange(clock_, unit);
  CodeBuilder code;
  const bool relative = emit_form(code, local, Place{0, reached(local, local_at, frame), 0}, frame);
  clock_ = outside;
  return evaluate(code, relative);
}

// A formula may read whole curves, so it is bound in a frame in which the place is an integer.
BoundLevel TimelineBinder::formula_at(const Placed& placed, const Rational& at,
                                      const Frame& frame) {
  Frame fine = frame;
  const Rational local = at * frame.scale;
  fine.scale = frame.scale * Rational(exact::denominator(local));
  fine.largest.reset();
  CodeBuilder code;
  emit_form(code, placed, Place{1 / fine.scale, 0, exact::numerator(local)}, fine);
  const std::uint32_t curve = builder_.add_curve({builder_.add(code)}, {});
  const double value = runtime::evaluate_curve(program_, curve, bounded(exact::numerator(local)));
  return {false, value};
}

}  // namespace lrc::bind
