// Phases → intervals on the run (M1, M5).

#include "compiler/bind/timeline.h"

namespace lrc::bind {
namespace {

using diagnostics::Code;
using exact::Rational;
using Kind = ir::Extent::Kind;

std::string updates(const Rational& value) { return exact::to_decimal(value); }

}  // namespace

// The end of every phase. A phase that takes the rest ends where the lengths behind it, counted
// back from the end, begin.
std::vector<std::optional<Rational>> TimelineBinder::ends(const std::vector<ir::Phase>& phases,
                                                          const std::optional<Rational>& total,
                                                          const Frame& frame,
                                                          const Rational& begin) {
  std::vector<std::optional<Rational>> ends(phases.size());
  std::optional<Rational> at = begin;
  for (std::size_t i = 0; i < phases.size(); ++i) {
    const ir::Extent& extent = phases[i].extent;
    if (extent.kind == Kind::rest) {
      at = total;
      for (std::size_t behind = phases.size() - 1; at && behind > i; --behind) {
        at = environment_.before(*at, checked(phases[behind].extent.length, phases[behind], frame),
                                 frame.cycle);
      }
    } else if (extent.kind == Kind::until) {
      at = environment_.position(extent.length);
    } else if (at) {
      at = environment_.after(*at, checked(extent.length, phases[i], frame), frame.cycle);
    }
    ends[i] = at;
  }
  return ends;
}

// In updates where that does not depend on when it begins.
std::string TimelineBinder::spoken(const exact::Length& length, const Frame& frame) const {
  const Environment::Amount amount = environment_.amount(length, frame.cycle);
  if (const auto factor = environment_.path().factor(amount.unit, exact::Unit::steps))
    return updates(amount.value * *factor);
  return fmt::format("{} {}", updates(amount.value), plural(amount.unit));
}

void TimelineBinder::check_whole(const std::vector<ir::Phase>& phases, const Rational& sum,
                                 const Rational& total, const Frame& frame) const {
  if (exact::equal(sum, total)) return;
  const std::string_view whole = frame.cycle || on_path_ ? "cycle" : "run";
  std::string lengths;
  for (const ir::Phase& phase : phases) {
    if (!lengths.empty()) lengths += " + ";
    const bool open = phase.extent.kind == Kind::rest;
    lengths += open ? "the rest"
                    : fmt::format("{}{}", phase.extent.kind == Kind::until ? "until " : "",
                                  spoken(phase.extent.length, frame));
    constexpr std::size_t enough = 200;
    if (lengths.size() > enough) {
      lengths += " + …";
      break;
    }
  }
  const bool over = sum > total;
  refuse(Code::E0502, phases.back().origin,
         fmt::format("the phases {} the {} by {}{}", over ? "overrun" : "end before", whole,
                     updates(over ? Rational(sum - total) : Rational(total - sum)),
                     environment_.updates()),
         fmt::format("{} = {}{}, the {} has {}; phases cover the {} exactly", lengths, updates(sum),
                     environment_.updates(), whole, updates(total), whole),
         over ? "" : "say what follows, as in `then hold`");
}

std::vector<Placed> TimelineBinder::place(const std::vector<ir::Phase>& phases,
                                          const std::optional<Rational>& total, const Frame& frame,
                                          const BoundLevel& incoming, const Rational& begin) {
  const auto ends = this->ends(phases, total, frame, begin);
  std::vector<Placed> placed;
  Rational start = begin;
  const auto must_cover = [&](const Rational& end) {
    check_whole(phases, end - begin, *total - begin, frame);
  };
  for (std::size_t i = 0; i < phases.size(); ++i) {
    const ir::Phase& phase = phases[i];
    if (phase.extent.kind == Kind::last && total) {
      // Counted from the end of the run: what stands before it must reach to there.
      const Rational place = environment_.before(*total, phase.extent.length, frame.cycle);
      if (place != start) must_cover(start + (*total - place));
    }
    if (ends[i] && *ends[i] < start) {
      if (phase.extent.kind == Kind::rest) must_cover(start + (*total - *ends[i]));
      refuse(Code::E0505, phase.origin,
             fmt::format("this phase would end at {0}{2} and starts at {1}{2}", updates(*ends[i]),
                         updates(start), environment_.updates()),
             "`until` is a position of the run, counted from its beginning");
    }
    Placed item{&phase, start, ends[i], ends[i], incoming};
    if (phase.from) {
      item.from = environment_.level(*phase.from);
    } else if (!placed.empty()) {
      item.from = level_at(placed.back(), start, frame);
    }
    placed.push_back(item);
    if (!ends[i]) break;  // for ever: nothing comes behind it
    start = *ends[i];
  }
  if (total && placed.back().end) must_cover(*placed.back().end);
  return placed;
}

}  // namespace lrc::bind
