// `continuous`, `rises`, `falls`, `reaches`, `ends at`: of the curve, before groups and clamps
// (M12).

#include <cmath>
#include <set>

#include <fmt/format.h>

#include "compiler/prove/attempt.h"
#include "compiler/prove/levels.h"
#include "compiler/prove/places.h"
#include "runtime/host/evaluate.h"

namespace lrc::prove {
namespace {

using exact::Rational;
using Kind = policy::Claim::Kind;

// --- by the canonical form

bool is_timeline(const ir::Curve& curve) { return curve.kind == ir::Curve::Kind::timeline; }

Direction wanted(const policy::Claim& claim) {
  return claim.kind == Kind::rises ? Direction::rising : Direction::falling;
}

// Where the first `count` phases end, in what `position` is counted in, as far as lengths of this
// kind tell.
std::optional<Rational> end_of(const std::vector<ir::Phase>& phases, std::size_t count,
                               const exact::Length& position) {
  Rational end = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const ir::Extent& extent = phases[i].extent;
    const Rational* amount = extent.length.exact();
    const bool known =
        extent.kind == ir::Extent::Kind::length || extent.kind == ir::Extent::Kind::until;
    if (!known || amount == nullptr || extent.length.of() != position.of()) return std::nullopt;
    end = extent.kind == ir::Extent::Kind::until ? *amount : Rational(end + *amount);
  }
  return end;
}

// Whether a phase may have an update in [after, until).
bool counts(const policy::Claim& claim, const std::vector<ir::Phase>& phases, std::size_t index) {
  if (claim.after && claim.after->exact() != nullptr) {
    const auto end = end_of(phases, index + 1, *claim.after);
    if (end && *end <= *claim.after->exact()) return false;
  }
  if (claim.until && claim.until->exact() != nullptr) {
    const auto start = end_of(phases, index, *claim.until);
    if (start && *start >= *claim.until->exact()) return false;
  }
  return true;
}

// Whether what stands behind the end may turn.
bool goes_on(ir::Past past) { return past == ir::Past::mirror || past == ir::Past::repeat; }

bool goes_one_way(const Question& question, const ir::Curve& curve, const Levels& levels) {
  if (curve.kind == ir::Curve::Kind::combination && (curve.name == "min" || curve.name == "max")) {
    return std::all_of(curve.operands.begin(), curve.operands.end(), [&](const ir::Curve& operand) {
      return goes_one_way(question, operand, levels);
    });
  }
  if (!is_timeline(curve) || goes_on(curve.timeline.past)) return false;
  const auto pieces = levels.pieces(curve.timeline);
  if (!pieces) return false;
  const auto counts = [&](std::size_t i) {
    return prove::counts(question.claim, curve.timeline.phases, i);
  };
  const Direction wanted = prove::wanted(question.claim);
  return together(direction(*pieces, counts), wanted) == wanted;
}

bool goes_one_way(const Question& question) {
  const std::string& output = question.output().name;
  for (const Told told : {Told::in_shares, Told::as_values}) {
    const Levels levels(question.program, question.facts, output, told);
    if (goes_one_way(question, question.output().curve, levels)) return true;
  }
  return false;
}

bool ends_at(const Question& question) {
  if (question.output().scale) return false;
  const ir::Curve& curve = question.output().curve;
  if (!is_timeline(curve)) return false;
  return level_reached(curve.timeline.phases.back()) == question.claim.level;
}

// A phase that is sure to happen starts at the level, or goes there.
bool reaches(const Question& question) {
  if (question.output().scale) return false;
  const ir::Curve& curve = question.output().curve;
  if (!is_timeline(curve)) return false;
  return std::any_of(
      curve.timeline.phases.begin(), curve.timeline.phases.end(), [&](const ir::Phase& phase) {
        const bool sure =
            phase.extent.kind != ir::Extent::Kind::rest || curve.timeline.phases.size() == 1;
        return sure &&
               (phase.from == question.claim.level || level_reached(phase) == question.claim.level);
      });
}

// --- by bound values

// The number of the update at a place or behind it.
std::int64_t update_at(const Rational& place) {
  const exact::Integer update = exact::ceiling(place);
  return update > runtime::maximum_step ? runtime::maximum_step : update.convert_to<std::int64_t>();
}

class Form {
 public:
  explicit Form(const Question& question)
      : question_(question), alone_(curve_alone(question.program, question.output().name)) {}

  Attempt run() {
    auto bound = bind_one(alone_, question_.facts, output());
    if (!bound) return NotDecided{bound.error().message};
    bound_ = std::move(*bound);
    switch (question_.claim.kind) {
      case Kind::continuous: return continuous();
      case Kind::rises:
      case Kind::falls: return one_way();
      case Kind::reaches: return reaches();
      default: return ends();
    }
  }

 private:
  const std::string& output() const { return question_.output().name; }
  const ir::Curve& curve() const { return output_of(alone_, output()).curve; }

  double value(std::int64_t update) const { return runtime::evaluate(bound_.program, 0, update); }

  std::optional<double> beside(const Rational& place, bind::At::Side side) const {
    const auto found = curve_at(alone_, question_.facts, output(), {place, side});
    return found ? std::optional(*found) : std::nullopt;
  }

  Attempt continuous() const {
    const auto places = places_of_jumps(alone_, question_.facts, bound_);
    if (!places) return NotDecided{"where it may jump cannot be told from its phases"};
    for (const Rational& place : *places) {
      const auto before = beside(place, bind::At::Side::before);
      const auto after = beside(place, bind::At::Side::after);
      if (!before || !after || *before == *after) continue;
      const std::string at = exact::to_decimal(place);
      return Counterexample{update_at(place),
                            fmt::format("at {} step{} the curve jumps from {} to {}", at,
                                        at == "1" ? "" : "s", *before, *after),
                            {},
                            {}};
    }
    return Proved{};
  }

  // Consecutive updates inside [after, until); without either, the end of the run belongs to it.
  std::optional<Updates> updates() const {
    Updates updates;
    if (bound_.run) updates.last = update_at(*bound_.run);
    if (question_.claim.after) {
      const auto after = bind::place_of(alone_, question_.facts, *question_.claim.after);
      if (!after) return std::nullopt;
      updates.first = update_at(*after);
    }
    if (question_.claim.until) {
      const auto until = bind::place_of(alone_, question_.facts, *question_.claim.until);
      if (!until) return std::nullopt;
      updates.last = std::min(updates.last, update_at(*until) - 1);
    }
    return updates;
  }

  Attempt one_way() const {
    const auto updates = this->updates();
    if (!updates) return NotDecided{"its positions are not known"};
    const Found found = find_turn(bound_.program, 0, *updates, wanted(question_.claim));
    if (const auto* open = std::get_if<TooMuchWork>(&found))
      return NotDecided{
          fmt::format("the updates from {} on are too many to compare", open->update)};
    const auto* broken = std::get_if<Broken>(&found);
    if (broken == nullptr) return Proved{};
    const double before = value(broken->update - 1), after = value(broken->update);
    return Counterexample{broken->update,
                          fmt::format("update {} uses {}, {} the {} before it", broken->update,
                                      after, after > before ? "above" : "below", before),
                          {},
                          {}};
  }

  Attempt ends() const {
    const auto level = value_of(alone_, question_.facts, output(), question_.claim.level);
    if (!level) return NotDecided{level.error().message};
    if (!bound_.run) return NotDecided{"the run has no end"};
    const auto side = is_timeline(curve()) ? bind::At::Side::before : bind::At::Side::after;
    const auto reached = beside(*bound_.run, side);
    if (!reached) return NotDecided{"its end is not known"};
    if (*reached == *level) return Proved{};
    return Counterexample{update_at(*bound_.run),
                          fmt::format("the end of the run has {}, not {}", *reached, *level),
                          {},
                          {}};
  }

  // A level is reached where the curve has it, or passes it without a jump.
  Attempt reaches() const {
    const auto level = value_of(alone_, question_.facts, output(), question_.claim.level);
    if (!level) return NotDecided{level.error().message};
    std::optional<double> nearest;
    std::int64_t update = 0;
    bool below = false, above = false;
    for (const Rational& place : places_of_levels(bound_)) {
      for (const auto side : {bind::At::Side::before, bind::At::Side::after}) {
        const auto found = beside(place, side);
        if (!found) continue;
        if (*found == *level) return Proved{};
        below = below || *found < *level;
        above = above || *found > *level;
        if (nearest && std::fabs(*found - *level) >= std::fabs(*nearest - *level)) continue;
        nearest = found;
        update = update_at(place);
      }
    }
    const bool scaled = question_.output().scale.has_value();
    if (below && above && !scaled && unbroken(curve())) return Proved{};
    Updates all;
    if (bound_.run) all.last = update_at(*bound_.run);
    const double next_below = std::nextafter(*level, everything.low);
    const double next_above = std::nextafter(*level, everything.high);
    const bool stays_below = std::holds_alternative<Holds>(
        find_outside(bound_.program, 0, all, {everything.low, next_below}));
    const bool stays_above = std::holds_alternative<Holds>(
        find_outside(bound_.program, 0, all, {next_above, everything.high}));
    if (!stays_below && !stays_above)
      return NotDecided{"it passes the level, and perhaps in a jump"};
    return Counterexample{
        update,
        fmt::format("at update {} it comes closest, with {}, and {} is never reached", update,
                    *nearest, *level),
        {},
        {}};
  }

  const Question& question_;
  ir::Program alone_;
  bind::Bound bound_;
};

}  // namespace

bool proved_by_form(const Question& question) {
  switch (question.claim.kind) {
    case Kind::continuous: return !question.output().scale && unbroken(question.output().curve);
    case Kind::rises:
    case Kind::falls: return goes_one_way(question);
    case Kind::reaches: return reaches(question);
    case Kind::ends: return ends_at(question);
    default: return proved_by_levels(question);
  }
}

Attempt try_form(const Question& question) { return Form(question).run(); }

}  // namespace lrc::prove
