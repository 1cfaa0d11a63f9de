#include "compiler/bind/timeline.h"

#include <algorithm>

#include "compiler/source/limits.h"

namespace lrc::bind {
namespace {

using diagnostics::Code;
using exact::Integer;
using exact::Rational;

const Integer no_end = Integer(runtime::maximum_step);

}  // namespace

std::uint32_t TimelineBinder::bind(const ir::Timeline& timeline, std::vector<PlacedPhase>& phases) {
  const std::optional<Rational>& run = environment_.run();
  const Frame frame{Rational(1), std::nullopt, std::nullopt};
  const std::vector<Placed> placed = place(timeline.phases, run, frame, BoundLevel{});
  for (const Placed& item : placed) phases.push_back({item.phase->origin, item.start, item.end});
  Segments out;
  emit(out, placed, frame);
  // M5: the run, and a schedule that has ended, hold the level reached.
  // A phase that would only begin at the end of the run does not happen.
  const auto reached = std::find_if(placed.rbegin(), placed.rend(), [](const Placed& item) {
    return !item.end || item.start < *item.end;
  });
  const Placed& last = reached == placed.rend() ? placed.back() : *reached;
  if (last.end) {
    emit_level(out, exact::ceiling(*last.end), level_at(last, *last.end, frame), *last.phase);
  }
  out.begins.erase(out.begins.begin());
  return builder_.add_curve(out.segments, out.begins);
}

TimelineBinder::Interval TimelineBinder::interval(const Placed& placed, const Frame& frame) {
  Interval interval{exact::ceiling(placed.start * frame.scale), std::nullopt};
  if (placed.end) interval.end = exact::ceiling(*placed.end * frame.scale);
  if (frame.largest && (!interval.end || *interval.end > *frame.largest))
    interval.end = frame.largest;
  return interval;
}

Place TimelineBinder::running(const Frame& frame, ir::Reading reading,
                              const Interval& interval) const {
  return {1 / frame.scale, Rational(reading == ir::Reading::end ? 1 : 0),
          interval.end ? *interval.end : no_end};
}

void TimelineBinder::append(Segments& out, const Integer& begin, const CodeBuilder& code) {
  out.segments.push_back(builder_.add(code));
  out.begins.push_back(begin);
}

void TimelineBinder::count_phase() {
  if (++phases_ > source::maximum_phases) {
    refuse(Code::E0905, std::nullopt,
           fmt::format("the run has more than {} phases", source::maximum_phases),
           "cycles of growing length count one by one");
  }
}

void TimelineBinder::emit(Segments& out, const std::vector<Placed>& placed, const Frame& frame) {
  for (const Placed& item : placed) {
    count_phase();
    if (std::holds_alternative<ir::Repeat>(item.phase->form))
      emit_repeat(out, item, frame);
    else
      emit_phase(out, item, frame);
  }
}

void TimelineBinder::emit_level(Segments& out, const Integer& begin, const BoundLevel& level,
                                const ir::Phase& phase) {
  CodeBuilder code;
  emit_constant(code, level, phase);
  finish(code, level.relative);
  // A schedule without any update before this one is constant from the start.
  append(out, out.segments.empty() ? Integer(0) : begin, code);
}

namespace {

// The first position whose update ends behind `end`.
Integer first_beyond(const Rational& end, const Rational& scale) {
  return exact::floor((end - 1) * scale) + 1;
}

// At the end of a whole ramp its level is reached anyway; a cut one, and one whose span is not the
// phase, would be read beyond the phase's end.
bool read_beyond(const Placed& placed) {
  if (placed.phase->reading != ir::Reading::end || !placed.end) return false;
  const auto* ramp = std::get_if<ir::Ramp>(&placed.phase->form);
  return placed.end != placed.whole_end || (ramp != nullptr && ramp->over);
}

}  // namespace

// M6: a reading is limited to the phase's end, from update `limit` on.
void TimelineBinder::append_limited(Segments& out, const Interval& interval,
                                    const CodeBuilder& code, const std::optional<Integer>& limit,
                                    const Placed& placed, const Frame& frame) {
  const bool limited = limit && *limit < *interval.end;
  if (!limited || *limit > interval.begin) append(out, interval.begin, code);
  if (limited) {
    emit_level(out, std::max(*limit, interval.begin), level_at(placed, *placed.end, frame),
               *placed.phase);
  }
}

void TimelineBinder::emit_phase(Segments& out, const Placed& placed, const Frame& frame) {
  if (placed.end && *placed.end <= placed.start) return;  // nothing of it happens
  const Interval interval = this->interval(placed, frame);
  // Built even if it owns no update: what is wrong with a phase does not depend on the run.
  CodeBuilder code;
  finish(code, emit_form(code, placed, running(frame, placed.phase->reading, interval), frame));
  if (interval.end && interval.begin >= *interval.end) return;
  std::optional<Integer> limit;
  if (read_beyond(placed)) limit = first_beyond(*placed.end, frame.scale);
  append_limited(out, interval, code, limit, placed, frame);
}

void TimelineBinder::emit_repeat(Segments& out, const Placed& placed, const Frame& frame) {
  const auto& repeat = std::get<ir::Repeat>(placed.phase->form);
  if (placed.end && *placed.end <= placed.start) {  // nothing of it happens
    const Rational period = duration(repeat.period, *placed.phase, frame);
    return check_cycle(placed, repeat, {placed.start, period}, frame);
  }
  const Interval interval = this->interval(placed, frame);
  const Rational growth = this->growth(repeat, *placed.phase);
  if (growth != 1) return emit_cycles(out, placed, repeat, growth, frame);
  // The child's positions are so fine that the period and the start are whole numbers of them.
  const Rational period = duration(repeat.period, *placed.phase, frame);
  Integer fine = lcm(exact::denominator(period), exact::denominator(placed.start));
  fine = lcm(fine, exact::numerator(frame.scale));
  const Integer multiplier = exact::numerator(Rational(fine) / frame.scale);
  const Integer modulus = exact::numerator(period * Rational(fine));
  const Integer add = exact::numerator(-placed.start * Rational(fine));
  // Built even if it owns no update, as any phase is.
  const std::uint32_t curve = cycle_curve(placed, repeat, period, fine);
  if (interval.end && interval.begin >= *interval.end) return;
  CodeBuilder code;
  code.cycle(curve, multiplier, add, modulus, interval.end ? *interval.end : no_end);
  std::optional<Integer> limit;
  if (const auto cut = cut_at_end(placed, repeat, frame)) {
    limit = std::max(first_beyond(*placed.end, frame.scale), exact::ceiling(*cut * frame.scale));
  }
  append_limited(out, interval, code, limit, placed, frame);
}

std::uint32_t TimelineBinder::cycle_curve(const Placed& placed, const ir::Repeat& repeat,
                                          const Rational& period, const Integer& scale) {
  const Frame frame{Rational(scale), period, exact::numerator(period * Rational(scale))};
  Segments out;
  emit(out, place(repeat.body, period, frame, placed.from), frame);
  out.begins.erase(out.begins.begin());
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

void TimelineBinder::advance(Cycle& cycle, const Placed& placed, const Rational& growth) {
  cycle.begin += cycle.period;
  cycle.period *= growth;
  if (++cycle.number > source::maximum_phases) {
    refuse(Code::E0905, placed.phase->origin,
           fmt::format("the run has more than {} cycles", source::maximum_phases),
           "cycles of growing length count one by one");
  }
  if (msb(exact::denominator(cycle.period)) >= source::maximum_integer_bits) {
    refuse(Code::E0909, placed.phase->origin,
           "the lengths of this policy need exact numbers beyond 2^126",
           ever_more_digits(placed, growth));
  }
}

// Growing cycles: no two are alike, so each has phases of its own.
void TimelineBinder::emit_cycles(Segments& out, const Placed& placed, const ir::Repeat& repeat,
                                 const Rational& growth, const Frame& frame) {
  const Rational end = placed.end ? *placed.end : Rational(no_end);
  Cycle cycle{placed.start, duration(repeat.period, *placed.phase, frame)};
  try {
    check_cycle(placed, repeat, cycle, frame);
    for (; cycle.begin < end; advance(cycle, placed, growth)) {
      const Frame inside{frame.scale, cycle.period, frame.largest};
      emit_one_cycle(out, place(repeat.body, cycle.period, inside, placed.from), cycle.begin, end,
                     inside);
    }
  } catch (Refusal& refusal) {
    if (refusal.failure.code != Code::E0909) throw;
    refusal.failure.origin = placed.phase->origin;
    refusal.failure.reason = ever_more_digits(placed, growth);
    throw;
  }
}

// Builds the whole of a cycle and drops it: what is wrong with it does not depend on where the run
// cuts it.
void TimelineBinder::check_cycle(const Placed& placed, const ir::Repeat& repeat, const Cycle& cycle,
                                 const Frame& frame) {
  const std::size_t counted = phases_;
  const Frame inside{frame.scale, cycle.period, std::nullopt};
  Segments dropped;
  emit_one_cycle(dropped, place(repeat.body, cycle.period, inside, placed.from), cycle.begin,
                 cycle.begin + cycle.period, inside);
  phases_ = counted;
}

void TimelineBinder::emit_one_cycle(Segments& out, const std::vector<Placed>& body,
                                    const Rational& begin, const Rational& end,
                                    const Frame& frame) {
  for (Placed item : body) {
    item.start += begin;
    if (item.start >= end) return;
    count_phase();
    item.whole_end = *item.whole_end + begin;
    item.end = std::min<Rational>(*item.whole_end, end);  // the last cycle may be cut
    if (std::holds_alternative<ir::Repeat>(item.phase->form))
      emit_repeat(out, item, frame);
    else
      emit_phase(out, item, frame);
  }
}

}  // namespace lrc::bind
