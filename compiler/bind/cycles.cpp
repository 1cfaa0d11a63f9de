// Repeats: cycles that are alike are one curve, read again and again; others are built one by one.

#include <algorithm>
#include <cmath>
#include <utility>

#include "compiler/bind/timeline.h"
#include "compiler/source/limits.h"
#include "runtime/host/evaluate.h"

namespace lrc::bind {
namespace {

using diagnostics::Code;
using exact::Integer;
using exact::Rational;
using runtime::Operation;

// 1 + g + g^2 + … of so many terms.
Rational geometric_sum(const Rational& growth, const Rational& count) {
  if (growth == 1) return count;
  const auto terms = exact::numerator(count).convert_to<unsigned>();
  Rational power = 1;
  for (unsigned i = 0; i < terms; ++i) power *= growth;
  return (power - 1) / (growth - 1);
}

double power_of(double factor, std::size_t number) {
  return runtime::apply(Operation::power, factor, static_cast<double>(number));
}

bool is_relative(const ir::Level& level) {
  const auto* literal = std::get_if<Rational>(&level.amount);
  return level.relative || (literal != nullptr && *literal == 0);
}

// Whether all levels that a cycle names are shares of the peak.
bool all_relative(const std::vector<ir::Phase>& phases) {
  return std::all_of(phases.begin(), phases.end(), [](const ir::Phase& phase) {
    if (phase.from && !is_relative(*phase.from)) return false;
    if (const auto* ramp = std::get_if<ir::Ramp>(&phase.form)) return is_relative(ramp->to);
    if (const auto* ramp = std::get_if<ir::ExponentialRamp>(&phase.form))
      return is_relative(ramp->to);
    if (const auto* repeat = std::get_if<ir::Repeat>(&phase.form))
      return all_relative(repeat->body);
    return !std::holds_alternative<ir::Formulaic>(phase.form);
  });
}

}  // namespace

Rational TimelineBinder::total(const Cycles& cycles, const Rational& count) {
  return cycles.period * geometric_sum(cycles.growth, count);
}

TimelineBinder::Cycles TimelineBinder::cycles(const Placed& placed, const Frame& frame) {
  const auto& repeat = std::get<ir::Repeat>(placed.phase->form);
  Cycles built{&repeat,
               std::nullopt,
               0,
               environment_.number(repeat.growth),
               environment_.real(repeat.peak),
               environment_.real(repeat.swing),
               std::nullopt,
               {}};
  if (repeat.at_most) built.at_most = environment_.number(*repeat.at_most);
  measure(built, placed, frame);
  if (built.growth < 1 && (!built.at_most || built.growth <= 0)) {
    refuse(Code::E0110, placed.phase->origin,
           fmt::format("cycles growing by `{}` shrink", exact::to_decimal(built.growth)),
           "infinitely many would fit into a finite time; a growth is at least 1");
  }
  if (built.swing != 1) {
    Body body = body_of(placed, built, first_cycle(placed, built), frame);
    body.frame.largest.reset();
    const Placed& last = body.items.back();
    built.anchor = level_at(last, *last.end, body.frame);
  }
  return built;
}

// The length of the first cycle: of so many, its share of the phase in the phase's own clock (M3).
void TimelineBinder::measure(Cycles& cycles, const Placed& placed, const Frame& frame) const {
  const Path& path = environment_.path();
  const auto measure_in = [&](exact::Unit unit) {
    if (!frame.cycle && !path.factor(unit, exact::Unit::steps)) cycles.clock = unit;
  };
  const ir::Extent& extent = placed.phase->extent;
  if (const auto* times = std::get_if<exact::Number>(&cycles.repeat->period)) {
    const bool said = extent.kind != ir::Extent::Kind::rest && has_unit(extent.length.of());
    measure_in(said ? unit_of(extent.length.of()) : environment_.run_unit());
    const Rational count = environment_.number(*times), end = placed.whole_end.value();
    const Rational length =
        cycles.clock
            ? Rational(path.clock(*cycles.clock, end) - path.clock(*cycles.clock, placed.start))
            : Rational(end - placed.start);
    if (length <= 0)
      refuse(Code::E0110, placed.phase->origin, "cycles of no length",
             "the phase that they divide ends where it begins");
    cycles.period = length / geometric_sum(cycles.growth, count);
    cycles.at_most = cycles.at_most ? std::min(*cycles.at_most, count) : count;
    return;
  }
  const auto& every = std::get<exact::Length>(cycles.repeat->period);
  const Environment::Amount amount =
      environment_.amount(checked(every, *placed.phase, frame), frame.cycle);
  measure_in(amount.unit);
  cycles.period = cycles.clock ? amount.value : duration(every, *placed.phase, frame);
}

TimelineBinder::Cycle TimelineBinder::first_cycle(const Placed& placed,
                                                  const Cycles& cycles) const {
  return {cycles.clock ? environment_.path().clock(*cycles.clock, placed.start) : placed.start,
          cycles.period};
}

Rational TimelineBinder::begin_of(const Cycle& cycle, const Cycles& cycles) const {
  return cycles.clock ? environment_.path().updates(*cycles.clock, cycle.begin) : cycle.begin;
}

Rational TimelineBinder::end_of(const Cycle& cycle, const Cycles& cycles) const {
  const Rational end = cycle.begin + cycle.period;
  return cycles.clock ? environment_.path().updates(*cycles.clock, end) : end;
}

TimelineBinder::Body TimelineBinder::body_of(const Placed& placed, const Cycles& cycles,
                                             const Cycle& cycle, const Frame& frame) {
  const auto& phases = cycles.repeat->body;
  if (!cycles.clock) {
    const Frame inside{frame.scale, cycle.period, frame.largest, frame.update};
    return {inside, place(phases, cycle.period, inside, placed.from), cycle.begin};
  }
  const bool outside = std::exchange(on_path_, true);
  auto items = place(phases, end_of(cycle, cycles), frame, placed.from, begin_of(cycle, cycles));
  on_path_ = outside;
  return {frame, std::move(items), 0};
}

std::optional<Rational> TimelineBinder::end_of_cycles(const Placed& placed,
                                                      const Cycles& cycles) const {
  if (!cycles.at_most) return std::nullopt;
  Cycle all = first_cycle(placed, cycles);
  all.period = total(cycles, *cycles.at_most);
  return end_of(all, cycles);
}

bool TimelineBinder::periodic(const Placed& placed, const Cycles& cycles) {
  if (cycles.growth != 1 || cycles.clock) return false;
  const auto& body = cycles.repeat->body;
  const bool from_relative = body.front().from || placed.from.relative || placed.from.value == 0;
  return cycles.peak == 1 || (from_relative && all_relative(body));
}

void TimelineBinder::emit_repeat(Segments& out, const Placed& placed, const Frame& frame) {
  const Cycles cycles = this->cycles(placed, frame);
  if (placed.end && *placed.end <= placed.start)  // nothing of it happens
    return check_cycle(placed, cycles, first_cycle(placed, cycles), frame);
  Placed counted = placed;
  const auto end = end_of_cycles(placed, cycles);
  const bool holds = end && (!placed.end || *end < *placed.end);
  if (holds) counted.end = end;
  if (cycles.clock && !counted.end) {
    refuse(Code::E0509, placed.phase->origin, "cycles without an end, under a batch that grows",
           fmt::format("they are measured in {}, so each has a length of its own in updates",
                       plural(*cycles.clock)),
           "state the run, or how many cycles there are");
  }
  if (periodic(placed, cycles))
    emit_periodic(out, counted, cycles, frame);
  else
    emit_cycles(out, counted, cycles, frame);
  if (!holds) return;
  const Interval whole = interval(placed, frame);
  const Integer begin = std::max(whole.begin, exact::ceiling(*end * frame.scale));
  if (!whole.end || begin < *whole.end)
    emit_level(out, begin, level_at(counted, *end, frame), *placed.phase);
}

void TimelineBinder::emit_periodic(Segments& out, const Placed& placed, const Cycles& cycles,
                                   const Frame& frame) {
  const Interval interval = this->interval(placed, frame);
  // The child's positions are so fine that the period and the start are whole numbers of them.
  const Rational& period = cycles.period;
  Integer fine = lcm(exact::denominator(period), exact::denominator(placed.start));
  fine = lcm(fine, exact::numerator(frame.scale));
  const Integer multiplier = exact::numerator(Rational(fine) / frame.scale);
  const Integer modulus = exact::numerator(period * Rational(fine));
  const Integer add = exact::numerator(-placed.start * Rational(fine));
  // Built even if it owns no update, as any phase is.
  const std::uint32_t curve = cycle_curve(placed, cycles, fine, frame.update);
  if (interval.end && interval.begin >= *interval.end) return;
  CodeBuilder code;
  code.cycle(curve, multiplier, add, modulus, interval.end ? *interval.end : frame.last());
  change_value(code, placed, cycles, frame);
  std::optional<Integer> limit;
  if (const auto cut = cut_at_end(placed, cycles, frame)) {
    limit = std::max(first_beyond(*placed.end, cut->reading, frame),
                     exact::ceiling(cut->begin * frame.scale));
  }
  append_limited(out, interval, code, limit, placed, frame);
}

// What changes from one cycle to the next, in a curve that is the same for all of them.
void TimelineBinder::change_value(CodeBuilder& code, const Placed& placed, const Cycles& cycles,
                                  const Frame& frame) {
  if (cycles.peak == 1 && cycles.swing == 1) return;
  std::uint32_t value = code.last();
  const std::uint32_t number = code.floor_ratio(
      running(frame, ir::Reading::start, interval(placed, frame)), placed.start, cycles.period);
  if (cycles.swing != 1) {
    const bool levels = cycles.peak != 1;
    const std::uint32_t anchor = code.real(levels ? cycles.anchor.value : absolute(cycles.anchor));
    const std::uint32_t factor = code.apply(Operation::power, code.real(cycles.swing), number);
    const std::uint32_t distance = code.apply(Operation::subtract, value, anchor);
    value = code.apply(Operation::add, anchor, code.apply(Operation::multiply, distance, factor));
  }
  if (cycles.peak != 1) {
    const std::uint32_t factor = code.apply(Operation::power, code.real(cycles.peak), number);
    value = code.apply(Operation::multiply, value,
                       code.apply(Operation::multiply, code.real(peak()), factor));
  }
}

std::uint32_t TimelineBinder::cycle_curve(const Placed& placed, const Cycles& cycles,
                                          const Integer& scale, const Rational& update) {
  const bool outside = std::exchange(in_levels_, in_levels_ || cycles.peak != 1);
  const bool pieces = std::exchange(in_pieces_, true);  // the path is the run's, not the cycle's
  const auto window = std::exchange(window_, std::nullopt);
  const Frame frame{Rational(scale), cycles.period,
                    exact::numerator(cycles.period * Rational(scale)), update};
  Segments out;
  emit(out, place(cycles.repeat->body, cycles.period, frame, placed.from), frame);
  out.begins.erase(out.begins.begin());
  in_levels_ = outside;
  in_pieces_ = pieces;
  window_ = window;
  return builder_.add_curve(out.segments, out.begins);
}

namespace {

std::string ever_more_digits(const Placed& placed, const Rational& growth) {
  return fmt::format(
      "with a growth of {} the exact boundaries need ever more digits; {}",
      exact::to_decimal(growth),
      placed.end ? "a whole growth needs none" : "state the run, or choose a whole growth");
}

}  // namespace

void TimelineBinder::advance(Cycle& cycle, const Placed& placed, const Cycles& cycles) {
  cycle.begin += cycle.period;
  cycle.period *= cycles.growth;
  if (++cycle.number >= source::maximum_phases) {
    refuse(Code::E0905, placed.phase->origin,
           fmt::format("the run has more than {} cycles", source::maximum_phases),
           "cycles that change in length or in their levels count one by one");
  }
  if (msb(exact::denominator(cycle.period)) >= source::maximum_integer_bits) {
    refuse(Code::E0909, placed.phase->origin,
           "the lengths of this policy need exact numbers beyond 2^126",
           ever_more_digits(placed, cycles.growth));
  }
}

// No two cycles are alike, so each has phases of its own.
void TimelineBinder::emit_cycles(Segments& out, const Placed& placed, const Cycles& cycles,
                                 const Frame& frame) {
  const Rational end = placed.end ? *placed.end : Rational(Rational(frame.last()) / frame.scale);
  Cycle cycle = first_cycle(placed, cycles);
  try {
    check_cycle(placed, cycles, cycle, frame);
    for (; begin_of(cycle, cycles) < end; advance(cycle, placed, cycles))
      emit_one_cycle(out, placed, cycles, cycle, end, frame);
  } catch (Refusal& refusal) {
    if (refusal.failure.code != Code::E0909) throw;
    refusal.failure.origin = placed.phase->origin;
    refusal.failure.reason = ever_more_digits(placed, cycles.growth);
    throw;
  }
}

// Builds the whole of a cycle and drops it: what is wrong with it does not depend on where the run
// cuts it.
void TimelineBinder::check_cycle(const Placed& placed, const Cycles& cycles, const Cycle& cycle,
                                 const Frame& frame) {
  const std::size_t counted = phases_;
  Frame endless = frame;
  endless.largest.reset();
  Segments dropped;
  emit_one_cycle(dropped, placed, cycles, cycle, end_of(cycle, cycles), endless);
  phases_ = counted;
}

void TimelineBinder::emit_one_cycle(Segments& out, const Placed& placed, const Cycles& cycles,
                                    const Cycle& cycle, const Rational& end, const Frame& frame) {
  const double outside = peak_factor_;
  peak_factor_ *= power_of(cycles.peak, cycle.number);
  Segments own;
  const Body body = body_of(placed, cycles, cycle, frame);
  for (Placed item : body.items) {
    item.start += body.shift;
    if (item.start >= end) break;
    count_phase();
    item.whole_end = *item.whole_end + body.shift;
    item.end = std::min<Rational>(*item.whole_end, end);  // the last cycle may be cut
    emit_one(cycles.swing == 1 ? out : own, item, body.frame);
  }
  append_swung(out, std::move(own), cycles, cycle, frame);
  peak_factor_ = outside;
}

// P8: E + (v - E)*f^n, in that order, of all values of a cycle.
void TimelineBinder::append_swung(Segments& out, Segments own, const Cycles& cycles,
                                  const Cycle& cycle, const Frame& frame) {
  if (own.segments.empty()) return;
  Integer begin =
      std::max(own.begins.front(), exact::ceiling(begin_of(cycle, cycles) * frame.scale));
  if (window_) begin = std::max(begin, window_->begin);
  own.begins.erase(own.begins.begin());
  CodeBuilder code;
  const std::uint32_t value = code.curve(builder_.add_curve(own.segments, own.begins));
  const std::uint32_t anchor = code.real(absolute(cycles.anchor));
  const std::uint32_t factor = code.real(power_of(cycles.swing, cycle.number));
  const std::uint32_t distance = code.apply(Operation::subtract, value, anchor);
  code.apply(Operation::add, anchor, code.apply(Operation::multiply, distance, factor));
  append(out, begin, code);
}

double TimelineBinder::swung(double value, const Cycles& cycles, std::size_t number) const {
  const double anchor = absolute(cycles.anchor);
  return anchor + (value - anchor) * power_of(cycles.swing, number);
}

// A level of the first cycle as it is in a later one.
BoundLevel TimelineBinder::changed(const BoundLevel& level, const Cycles& cycles,
                                   std::size_t number) const {
  BoundLevel value = level;
  if (cycles.swing != 1) {
    const bool levels = cycles.peak != 1;
    const double anchor = levels ? cycles.anchor.value : absolute(cycles.anchor);
    const double from = levels ? level.value : absolute(level);
    value = {levels, anchor + (from - anchor) * power_of(cycles.swing, number)};
  }
  if (cycles.peak == 1) return value;
  return {false, value.value * (peak() * power_of(cycles.peak, number))};
}

BoundLevel TimelineBinder::repeat_at(const Placed& placed, const Rational& at, const Frame& frame) {
  const Cycles cycles = this->cycles(placed, frame);
  const auto end = end_of_cycles(placed, cycles);
  const InCycle found = in_cycle(placed, cycles, end ? std::min(*end, at) : at, frame);
  if (periodic(placed, cycles))
    return changed(level_at(found.item, found.local, found.inside), cycles, found.number);
  const double outside = peak_factor_;
  peak_factor_ *= power_of(cycles.peak, found.number);
  BoundLevel level = level_at(found.item, found.local, found.inside);
  if (peak_factor_ != outside) level = {false, absolute(level)};
  if (cycles.swing != 1) level = {false, swung(absolute(level), cycles, found.number)};
  peak_factor_ = outside;
  return level;
}

TimelineBinder::InCycle TimelineBinder::in_cycle(const Placed& placed, const Cycles& cycles,
                                                 const Rational& at, const Frame& frame) {
  Cycle cycle = first_cycle(placed, cycles);
  if (cycles.growth == 1 && !cycles.clock) {
    const Integer before =
        std::max<Integer>(0, exact::ceiling((at - cycle.begin) / cycle.period) - 1);
    cycle.begin += Rational(before) * cycle.period;
    cycle.number = before.convert_to<std::size_t>();
  } else {
    while (at > end_of(cycle, cycles)) advance(cycle, placed, cycles);
  }
  Body body = body_of(placed, cycles, cycle, frame);
  body.frame.largest.reset();
  const Rational local = at - body.shift;  // in a cycle of its own in (0, period]
  const auto found = std::find_if(body.items.begin(), body.items.end(),
                                  [&](const Placed& item) { return local <= *item.end; });
  return {*found, local, body.frame, cycle.number};  // the items cover the cycle
}

// Where that phase is read inside of updates only; a whole one is limited by its own end.
std::optional<TimelineBinder::Cut> TimelineBinder::cut_at_end(const Placed& placed,
                                                              const Cycles& cycles,
                                                              const Frame& frame) {
  if (!placed.end) return std::nullopt;
  InCycle found = in_cycle(placed, cycles, *placed.end, frame);
  if (found.local == *found.item.end) return std::nullopt;
  const Rational begin = *placed.end - found.local;
  found.item.end = found.local;
  if (std::holds_alternative<ir::Repeat>(found.item.phase->form)) {
    auto cut = cut_at_end(found.item, this->cycles(found.item, found.inside), found.inside);
    if (cut) cut->begin += begin;
    return cut;
  }
  const ir::Reading reading = found.item.phase->reading;
  if (reading == ir::Reading::start) return std::nullopt;
  return Cut{begin + found.item.start, reading};
}

}  // namespace lrc::bind
