#include "compiler/prove/places.h"

#include <algorithm>
#include <set>

#include "compiler/prove/bound_values.h"

namespace lrc::prove {
namespace {

using exact::Length;
using exact::Rational;

const std::optional<ir::Over>* over_of(const ir::Phase& phase) {
  if (const auto* ramp = std::get_if<ir::Ramp>(&phase.form)) return &ramp->over;
  if (const auto* ramp = std::get_if<ir::ExponentialRamp>(&phase.form)) return &ramp->over;
  return nullptr;
}

// A ramp over positions of the run may begin before its phase does.
bool begins_elsewhere(const ir::Phase& phase) {
  const auto* over = over_of(phase);
  return over != nullptr && *over && (*over)->begin;
}

const Rational* literal(const exact::Number& number) { return std::get_if<Rational>(&number); }

bool is_one(const exact::Number& number) {
  return literal(number) != nullptr && *literal(number) == 1;
}

bool is_staircase(const ir::Phase& phase) {
  if (const auto* decay = std::get_if<ir::Decay>(&phase.form))
    return decay->staircase && !is_one(decay->factor);
  const auto* milestones = std::get_if<ir::Milestones>(&phase.form);
  return milestones != nullptr && !is_one(milestones->factor);
}

bool is_unbroken(const ir::Phase& phase) {
  if (is_staircase(phase)) return false;
  if (const auto* formula = std::get_if<ir::Formulaic>(&phase.form))
    return unbroken(formula->curve[0]);
  const auto* repeat = std::get_if<ir::Repeat>(&phase.form);
  if (repeat == nullptr) return true;
  if (!is_one(repeat->peak) || !is_one(repeat->swing)) return false;
  const auto& first = written_start(repeat->body.front());
  return joined_throughout(repeat->body) && first && first == level_reached(repeat->body.back());
}

class Jumps {
 public:
  Jumps(const ir::Program& alone, const bind::Facts& facts) : alone_(alone), facts_(facts) {}

  bool timeline(const std::vector<ir::Phase>& phases,
                const std::vector<bind::PlacedPhase>& placed) {
    for (std::size_t i = 0; i < placed.size(); ++i) {
      if (i > 0) places_.insert(placed[i].start);
      if (!inside(phases[i], placed[i].start, placed[i].end)) return false;
    }
    return true;
  }

  // The updates from which on the batch is another one.
  bool of_the_batch() {
    for (const ir::Jump& jump : alone_.jumps) {
      const auto place = updates(jump.at, std::nullopt);
      if (!place) return false;
      places_.insert(Rational(exact::ceiling(*place)));
    }
    return true;
  }

  std::vector<Rational> places() const { return {places_.begin(), places_.end()}; }

 private:
  // In updates, where a share of the cycle is one of `cycle`.
  std::optional<Rational> updates(Length length, const std::optional<Rational>& cycle) const {
    const bool of_cycle =
        std::any_of(length.terms.begin(), length.terms.end(),
                    [](const auto& term) { return term.of == Length::Of::cycle; });
    if (of_cycle) {
      if (!cycle || length.exact() == nullptr) return std::nullopt;
      return *length.exact() * *cycle;
    }
    const auto found = bind::place_of(alone_, facts_, length);
    return found ? std::optional(*found) : std::nullopt;
  }

  void add(const Rational& place, const std::optional<Rational>& end) {
    if (!end || place < *end) places_.insert(place);
  }

  bool inside(const ir::Phase& phase, const Rational& start, const std::optional<Rational>& end,
              const std::optional<Rational>& cycle = std::nullopt) {
    if (is_unbroken(phase)) return true;
    if (!alone_.jumps.empty()) return false;  // lengths differ from place to place
    if (const auto* decay = std::get_if<ir::Decay>(&phase.form)) {
      const auto period = updates(decay->per, cycle);
      if (period) add(start + *period, end);
      return period.has_value();
    }
    if (const auto* milestones = std::get_if<ir::Milestones>(&phase.form)) {
      for (const Length& position : milestones->positions) {
        const auto place = updates(position, cycle);
        if (!place) return false;
        add(*place, end);
      }
      return true;
    }
    const auto* repeat = std::get_if<ir::Repeat>(&phase.form);
    return repeat != nullptr && is_one(repeat->peak) && is_one(repeat->swing) &&
           cycles(*repeat, start, end, cycle);
  }

  std::optional<Rational> period(const ir::Repeat& repeat, const Rational& start,
                                 const std::optional<Rational>& end,
                                 const std::optional<Rational>& outer) const {
    if (const auto* length = std::get_if<Length>(&repeat.period)) return updates(*length, outer);
    const Rational* count = literal(std::get<exact::Number>(repeat.period));
    if (count == nullptr || !end || !is_one(repeat.growth)) return std::nullopt;
    return (*end - start) / *count;
  }

  // The first cycle and where the second begins: no later one is of another kind.
  bool cycles(const ir::Repeat& repeat, const Rational& start, const std::optional<Rational>& end,
              const std::optional<Rational>& outer) {
    const auto period = this->period(repeat, start, end, outer);
    if (!period) return false;
    add(start + *period, end);
    Rational at = start;
    for (std::size_t i = 0; i < repeat.body.size(); ++i) {
      const ir::Phase& phase = repeat.body[i];
      if (i > 0) add(at, end);
      std::optional<Rational> next = start + *period;
      if (phase.extent.kind != ir::Extent::Kind::rest) {
        const auto length = updates(phase.extent.length, period);
        if (!length) return false;
        next = at + *length;
      } else {
        for (std::size_t behind = i + 1; behind < repeat.body.size(); ++behind) {
          const auto length = updates(repeat.body[behind].extent.length, period);
          if (!length) return false;
          *next -= *length;
        }
      }
      if (end && *next > *end) next = end;
      if (!inside(phase, at, next, period)) return false;
      at = *next;
    }
    return true;
  }

  const ir::Program& alone_;
  const bind::Facts& facts_;
  std::set<Rational> places_;
};

bool timelines(const ir::Curve& curve, const bind::Bound& bound, std::size_t& next, Jumps& jumps) {
  using Kind = ir::Curve::Kind;
  if (curve.kind == Kind::timeline || curve.kind == Kind::mirrored) {
    const bool turned = curve.kind == Kind::mirrored;  // with the phases of what it mirrors
    if (turned && curve.operands[0].kind != Kind::timeline) return false;
    const ir::Timeline& timeline = turned ? curve.operands[0].timeline : curve.timeline;
    const auto& placed = bound.phases.front();
    return next < placed.size() && jumps.timeline(timeline.phases, placed[next++]);
  }
  return (curve.kind == Kind::combination || curve.kind == Kind::extended) &&
         std::all_of(curve.operands.begin(), curve.operands.end(), [&](const ir::Curve& operand) {
           return timelines(operand, bound, next, jumps);
         });
}

}  // namespace

std::optional<ir::Level> level_reached(const ir::Phase& phase) {
  if (std::holds_alternative<ir::Hold>(phase.form)) return phase.from;
  const auto* over = over_of(phase);
  if (over == nullptr || *over) return std::nullopt;
  if (const auto* ramp = std::get_if<ir::Ramp>(&phase.form)) return ramp->to;
  return std::get<ir::ExponentialRamp>(phase.form).to;
}

const std::optional<ir::Level>& written_start(const ir::Phase& phase) {
  const auto* repeat = std::get_if<ir::Repeat>(&phase.form);
  return repeat == nullptr ? phase.from : written_start(repeat->body.front());
}

bool joined(const ir::Phase& before, const ir::Phase& phase) {
  if (begins_elsewhere(phase) || std::holds_alternative<ir::Formulaic>(phase.form)) return false;
  const auto& start = written_start(phase);
  return !start || start == level_reached(before);
}

bool joined_throughout(const std::vector<ir::Phase>& phases) {
  for (std::size_t i = 0; i < phases.size(); ++i) {
    if (!is_unbroken(phases[i]) || (i > 0 && !joined(phases[i - 1], phases[i]))) return false;
  }
  return true;
}

bool unbroken(const ir::Curve& curve) {
  using Kind = ir::Curve::Kind;
  switch (curve.kind) {
    case Kind::timeline: return joined_throughout(curve.timeline.phases);
    case Kind::position:
    case Kind::elapsed:
    case Kind::progress: return true;
    case Kind::combination:
      if (curve.name == "/" || curve.name == "^" || curve.name == "log2") return false;
      [[fallthrough]];
    case Kind::late:
    case Kind::extended:
      return std::all_of(curve.operands.begin(), curve.operands.end(),
                         [](const ir::Curve& operand) { return unbroken(operand); });
    default: return false;
  }
}

std::optional<std::vector<Rational>> places_of_jumps(const ir::Program& alone,
                                                     const bind::Facts& facts,
                                                     const bind::Bound& bound) {
  Jumps jumps(alone, facts);
  std::size_t next = 0;
  const ir::Output& output = output_of(alone, bound.program.outputs.front());
  if (output.scale && !jumps.of_the_batch()) return std::nullopt;
  if (!timelines(output.curve, bound, next, jumps)) return std::nullopt;
  return jumps.places();
}

std::vector<Rational> places_of_levels(const bind::Bound& bound) {
  std::set<Rational> places;
  for (const auto& timeline : bound.phases.front()) {
    for (const bind::PlacedPhase& phase : timeline) {
      places.insert(phase.start);
      if (phase.end) places.insert(*phase.end);
    }
  }
  return {places.begin(), places.end()};
}

}  // namespace lrc::prove
