#include "compiler/bind/timeline.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "compiler/source/limits.h"

namespace lrc::bind {
namespace {

using diagnostics::Code;
using exact::Integer;
using exact::Rational;

// Where an update is read, from its start: the start, the middle, the end.
Rational inside_update(ir::Reading reading, const Frame& frame) {
  return Rational(static_cast<int>(reading)) / 2 * frame.update;
}

}  // namespace

Integer Frame::last() const {
  if (largest) return *largest;
  return exact::ceiling(Rational(Integer(runtime::maximum_step)) * scale);
}

namespace {

// A phase that would only begin at the end of the run does not happen.
const Placed& last_of(const std::vector<Placed>& placed) {
  const auto reached = std::find_if(placed.rbegin(), placed.rend(), [](const Placed& item) {
    return !item.end || item.start < *item.end;
  });
  return reached == placed.rend() ? placed.back() : *reached;
}

}  // namespace

std::vector<Placed> TimelineBinder::place_all(const ir::Timeline& timeline, const Frame& frame,
                                              std::vector<PlacedPhase>& phases) {
  std::vector<Placed> placed = place(timeline.phases, environment_.run(), frame, BoundLevel{});
  for (const Placed& item : placed) phases.push_back({item.phase->origin, item.start, item.end});
  return placed;
}

std::uint32_t TimelineBinder::bind(const ir::Timeline& timeline, const Frame& frame,
                                   std::vector<PlacedPhase>& phases) {
  const std::vector<Placed> placed = place_all(timeline, frame, phases);
  Segments out;
  emit(out, placed, frame);
  // M5: the run, and a schedule that has ended, hold the level reached unless it says otherwise.
  if (const Placed& last = last_of(placed); last.end)
    for_each_piece(last, frame, [&] { emit_past(out, last, timeline.past, frame); });
  out.begins.erase(out.begins.begin());
  return builder_.add_curve(out.segments, out.begins);
}

std::uint32_t TimelineBinder::bind_before(const ir::Timeline& timeline, const Rational& at,
                                          std::vector<PlacedPhase>& phases) {
  const std::vector<Placed> placed = place_all(timeline, {}, phases);
  const auto found = std::find_if(placed.begin(), placed.end(),
                                  [&](const Placed& item) { return !item.end || at <= *item.end; });
  const Placed& item = found == placed.end() ? last_of(placed) : *found;
  const Rational place = item.end ? std::min(at, *item.end) : at;
  Segments out;
  for (const Path::Piece& piece : environment_.path().pieces()) {
    if (piece.begin == 0 || Rational(piece.begin) < at) scaling_ = scaling(piece);
  }
  emit_level(out, 0, level_at(item, place, {}), *item.phase);
  return builder_.add_curve(out.segments, {});
}

TimelineBinder::Interval TimelineBinder::interval(const Placed& placed, const Frame& frame) const {
  Interval interval{exact::ceiling(placed.start * frame.scale), std::nullopt};
  if (placed.end) interval.end = exact::ceiling(*placed.end * frame.scale);
  if (frame.largest && (!interval.end || *interval.end > *frame.largest))
    interval.end = frame.largest;
  if (window_) {
    interval.begin = std::max(interval.begin, window_->begin);
    if (window_->end && (!interval.end || *interval.end > *window_->end))
      interval.end = window_->end;
  }
  return interval;
}

Place TimelineBinder::running(const Frame& frame, ir::Reading reading, const Interval& interval) {
  const Rational inside = inside_update(reading, frame);
  return {1 / frame.scale, inside, interval.end ? *interval.end : frame.last()};
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
    emit_one(out, item, frame);
  }
}

void TimelineBinder::emit_one(Segments& out, const Placed& placed, const Frame& frame) {
  for_each_piece(placed, frame, [&] {
    if (std::holds_alternative<ir::Repeat>(placed.phase->form))
      emit_repeat(out, placed, frame);
    else
      emit_phase(out, placed, frame);
  });
}

// M10: `scale` multiplies the peak by the batch of the update.
double TimelineBinder::scaling(const Path::Piece& piece) const {
  if (!scale_) return 1;
  const Rational& batch = piece.per_update[static_cast<std::size_t>(scale_->unit)].value();
  const double ratio = Environment::real(Rational(batch / scale_->from));
  return scale_->root ? std::sqrt(ratio) : ratio;
}

void TimelineBinder::for_each_piece(const Placed& placed, const Frame& frame,
                                    const std::function<void()>& emit) {
  const auto& pieces = environment_.path().pieces();
  if (in_pieces_) return emit();
  const bool split = pieces.size() > 1 && (scale_ || clock_of(placed, frame));
  const double outside = std::exchange(scaling_, scaling(pieces.front()));
  if (!split) emit();
  in_pieces_ = true;
  for (std::size_t i = 0; split && i < pieces.size(); ++i) {
    Interval window{exact::ceiling(Rational(pieces[i].begin) * frame.scale), std::nullopt};
    if (i + 1 < pieces.size())
      window.end = exact::ceiling(Rational(pieces[i + 1].begin) * frame.scale);
    piece_ = &pieces[i];
    window_ = std::move(window);
    scaling_ = scaling(pieces[i]);
    emit();
  }
  in_pieces_ = false;
  piece_ = nullptr;
  window_.reset();
  scaling_ = outside;
}

// M3: the unit of its length, or of its ramp's; without one, or with a share, the run's.
std::optional<exact::Unit> TimelineBinder::clock_of(const Placed& placed,
                                                    const Frame& frame) const {
  if (environment_.path().constant() || frame.cycle) return std::nullopt;
  const ir::Phase& phase = *placed.phase;
  exact::Unit unit = environment_.run() ? environment_.run_unit() : exact::Unit::steps;
  const auto said = [&](const exact::Length& length) {
    if (has_unit(length.of())) unit = unit_of(length.of());
  };
  if (phase.extent.kind != ir::Extent::Kind::rest) said(phase.extent.length);
  if (const auto* ramp = std::get_if<ir::Ramp>(&phase.form); ramp != nullptr && ramp->over)
    said(ramp->over->end);
  if (const auto* ramp = std::get_if<ir::ExponentialRamp>(&phase.form);
      ramp != nullptr && ramp->over)
    said(ramp->over->end);
  if (const auto* decay = std::get_if<ir::Decay>(&phase.form)) said(decay->per);
  if (const auto* power = std::get_if<ir::PowerLaw>(&phase.form)) said(power->timescale);
  if (const auto* rsqrt = std::get_if<ir::InverseSquareRoot>(&phase.form);
      rsqrt != nullptr && rsqrt->timescale)
    said(*rsqrt->timescale);
  const bool moves = !std::holds_alternative<ir::Hold>(phase.form) &&
                     !std::holds_alternative<ir::Repeat>(phase.form) &&
                     !std::holds_alternative<ir::Formulaic>(phase.form);
  return moves && unit != exact::Unit::steps ? std::optional(unit) : std::nullopt;
}

Placed TimelineBinder::in_clock(const Placed& placed, exact::Unit unit) const {
  Placed built = placed;
  const auto clock = [&](const Rational& updates) {
    return environment_.path().clock(unit, updates);
  };
  built.start = clock(placed.start);
  if (placed.end) built.end = clock(*placed.end);
  if (placed.whole_end) built.whole_end = clock(*placed.whole_end);
  return built;
}

bool TimelineBinder::emit_running(CodeBuilder& code, const Placed& placed, const Interval& interval,
                                  const Frame& frame) {
  Place place = running(frame, placed.phase->reading, interval);
  const auto unit = piece_ == nullptr ? std::nullopt : clock_of(placed, frame);
  if (!unit) return emit_form(code, placed, place, frame);
  const auto index = static_cast<std::size_t>(*unit);
  const Rational& rate = piece_->per_update[index].value();
  place.multiplier *= rate;
  place.add = place.add * rate + piece_->clock[index] - rate * Rational(piece_->begin);
  clock_ = unit;
  const bool relative = emit_form(code, in_clock(placed, *unit), place, frame);
  clock_.reset();
  return relative;
}

void TimelineBinder::emit_level(Segments& out, const Integer& begin, const BoundLevel& level,
                                const ir::Phase& phase) {
  CodeBuilder code;
  emit_constant(code, level, phase);
  finish(code, level.relative);
  // A schedule without any update before this one is constant from the start.
  append(out, out.segments.empty() ? Integer(0) : begin, code);
}

// The first position whose update is read behind `end`.
Integer TimelineBinder::first_beyond(const Rational& end, ir::Reading reading, const Frame& frame) {
  return exact::floor((end - inside_update(reading, frame)) * frame.scale) + 1;
}

namespace {

// At the end of a whole ramp its level is reached anyway; a cut one, and one whose span is not the
// phase, would be read beyond the phase's end.
bool read_beyond(const Placed& placed) {
  if (placed.phase->reading == ir::Reading::start || !placed.end) return false;
  const auto* ramp = std::get_if<ir::Ramp>(&placed.phase->form);
  const auto* factors = std::get_if<ir::ExponentialRamp>(&placed.phase->form);
  const bool whole = (ramp != nullptr && !ramp->over) || (factors != nullptr && !factors->over);
  return placed.end != placed.whole_end || !whole;
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

namespace {

// Positions of its own, which can be wrong although no update is in the phase.
bool has_positions(const ir::Phase& phase) {
  const auto* ramp = std::get_if<ir::Ramp>(&phase.form);
  const auto* factors = std::get_if<ir::ExponentialRamp>(&phase.form);
  return std::holds_alternative<ir::Milestones>(phase.form) ||
         (ramp != nullptr && ramp->over && ramp->over->begin) ||
         (factors != nullptr && factors->over && factors->over->begin);
}

}  // namespace

void TimelineBinder::emit_phase(Segments& out, const Placed& placed, const Frame& frame) {
  const bool happens = !placed.end || exact::less(placed.start, *placed.end);
  if (!happens && !has_positions(*placed.phase)) return;
  const Interval interval = this->interval(placed, frame);
  // Built even if it owns no update: what is wrong with a phase does not depend on the run.
  CodeBuilder code;
  finish(code, emit_running(code, placed, interval, frame));
  if (interval.end && interval.begin >= *interval.end) return;
  std::optional<Integer> limit;
  if (read_beyond(placed)) limit = first_beyond(*placed.end, placed.phase->reading, frame);
  append_limited(out, interval, code, limit, placed, frame);
}

// What the schedule does behind its end.
void TimelineBinder::emit_past(Segments& out, const Placed& last, ir::Past past,
                               const Frame& frame) {
  Integer begin = exact::ceiling(*last.end * frame.scale);
  if (window_ && window_->end && *window_->end <= begin) return;
  if (window_) begin = std::max(begin, window_->begin);
  const bool ramp = std::holds_alternative<ir::Ramp>(last.phase->form) ||
                    std::holds_alternative<ir::ExponentialRamp>(last.phase->form);
  const bool held = std::holds_alternative<ir::Hold>(last.phase->form) || *last.end <= last.start;
  if (past == ir::Past::hold || past == ir::Past::error || held ||
      (past == ir::Past::continue_ && ramp))
    return emit_level(out, begin, level_at(last, *last.end, frame), *last.phase);
  Placed next = last;
  next.end.reset();
  if (past == ir::Past::continue_) {
    Segments behind;
    emit_one(behind, next, frame);
    for (std::size_t i = 0; i < behind.begins.size(); ++i) {
      const bool over = i + 1 < behind.begins.size() && behind.begins[i + 1] <= begin;
      if (over) continue;
      out.segments.push_back(behind.segments[i]);
      out.begins.push_back(std::max(behind.begins[i], begin));
    }
    return;
  }
  if (!ramp) {
    refuse(Code::E0507, last.phase->origin, "this phase cannot go back or begin again",
           "`past end mirror` and `past end repeat` are for a schedule that ends in a ramp");
  }
  const Rational length = *last.whole_end - last.start;
  const Rational shift = inside_update(last.phase->reading, frame) - last.start;
  Integer fine = lcm(exact::denominator(length), exact::denominator(shift));
  fine = lcm(fine, exact::numerator(frame.scale));
  const bool back = past == ir::Past::mirror;
  const Integer modulus = exact::numerator(length * Rational(Integer(back ? 2 * fine : fine)));
  CodeBuilder code;
  code.cycle(folded_curve(last, back, fine, length), exact::numerator(Rational(fine) / frame.scale),
             exact::numerator(shift * Rational(fine)), modulus, frame.last());
  append(out, begin, code);
}

// The last phase as often as one likes: forwards, and backwards again.
std::uint32_t TimelineBinder::folded_curve(const Placed& last, bool back, const Integer& scale,
                                           const Rational& length) {
  Placed local = last;
  local.start = 0;
  local.end = local.whole_end = length;
  const Rational whole = back ? Rational(2 * length) : length;
  const Frame frame{Rational(scale), std::nullopt, exact::numerator(whole * Rational(scale))};
  Segments out;
  CodeBuilder forwards;
  finish(forwards, emit_form(forwards, local, {1 / frame.scale, 0, *frame.largest}, frame));
  append(out, 0, forwards);
  if (back) {
    CodeBuilder backwards;
    finish(backwards,
           emit_form(backwards, local, {-1 / frame.scale, whole, *frame.largest}, frame));
    append(out, exact::numerator(length * Rational(scale)), backwards);
  }
  out.begins.erase(out.begins.begin());
  return builder_.add_curve(out.segments, out.begins);
}

}  // namespace lrc::bind
