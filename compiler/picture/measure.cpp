#include "compiler/picture/measure.h"

#include <algorithm>
#include <cmath>

namespace lrc::picture {

using exact::Length;
using exact::Rational;

Ruler::Ruler(const ir::Program& program, const bind::Facts& facts, bool has_end)
    : program_(program), has_end_(has_end), environment_(program, facts) {}

Ruler::Extent Ruler::extent(const Length& value, Measure& measure) const {
  Extent sum;
  for (const Length::Term& term : value.terms) {
    const Rational amount = environment_.number(term.amount);
    if (!exact::has_unit(term.of)) {
      sum.share += amount;
      continue;
    }
    const exact::Unit unit = unit_of(term.of);
    const Rational updates =
        amount * environment_.conversions().factor(unit, exact::Unit::steps).value_or(Rational(1));
    sum.updates += updates;
    if (measure.unit && updates <= measure.longest) continue;
    measure.unit = unit;
    measure.longest = updates;
  }
  return sum;
}

Measure Ruler::measure() const {
  Measure longest;
  for (const ir::Output& output : program_.outputs) curve(output.curve, longest);
  for (const ir::Group& group : program_.groups) {
    for (const ir::Output& output : group.outputs) curve(output.curve, longest);
  }
  return longest;
}

void Ruler::curve(const ir::Curve& value, Measure& longest) const {
  for (const ir::Curve& operand : value.operands) curve(operand, longest);
  if (value.kind != ir::Curve::Kind::timeline) return;
  const Measure measure = timeline(value.timeline);
  const bool fixed = has_end_ && longest.closed && longest.updates > 0;  // only one run fits it
  if (!fixed && (measure.updates > longest.updates || measure.share > longest.share))
    longest = measure;
}

Measure Ruler::timeline(const ir::Timeline& value) const {
  Measure sum;
  std::size_t before = 0;
  for (const ir::Phase& phase : value.phases) {
    using Kind = ir::Extent::Kind;
    if (phase.extent.kind == Kind::rest) {
      sum.closed = false;
      const Extent part = open(phase, before, sum);
      sum.updates += part.updates;
      sum.share += part.share;
    } else {
      // A position in updates says nothing of one in shares: the run must be long enough for both.
      const Extent part = extent(phase.extent.length, sum);
      const bool until = phase.extent.kind == Kind::until;
      sum.updates =
          until ? std::max(sum.updates, part.updates) : Rational(sum.updates + part.updates);
      sum.share = until ? std::max(sum.share, part.share) : Rational(sum.share + part.share);
    }
    ++before;
  }
  return sum;
}

// What a phase without a length gets.
Ruler::Extent Ruler::open(const ir::Phase& phase, std::size_t phases_before,
                          Measure& before) const {
  if (const auto* form = std::get_if<ir::Decay>(&phase.form)) return decay(*form, before);
  if (const auto* form = std::get_if<ir::Repeat>(&phase.form)) return repeat(*form, before);
  if (const auto* form = std::get_if<ir::Milestones>(&phase.form)) {
    Extent last;
    for (const Length& position : form->positions) {
      const Extent next = extent(position, before);
      if (next.updates > last.updates || next.share > last.share) last = next;
    }
    const Rational end = last.updates * Rational(5, 4);
    return {end > before.updates ? Rational(end - before.updates) : Rational(0), 0};
  }
  constexpr int timescales = 9;
  if (const auto* form = std::get_if<ir::InverseSquareRoot>(&phase.form)) {
    const Rational scale =
        form->timescale ? extent(*form->timescale, before).updates : before.updates;
    return {scale * timescales, 0};
  }
  if (const auto* form = std::get_if<ir::PowerLaw>(&phase.form))
    return {extent(form->timescale, before).updates * timescales, 0};
  if (const auto* ramp = std::get_if<ir::Ramp>(&phase.form); ramp != nullptr && ramp->over) {
    if (!ramp->over->begin) return extent(ramp->over->end, before);
  }
  constexpr int most_of_a_run = 8;
  if (has_end_) return {before.updates * most_of_a_run, 0};
  return {
      phases_before == 0 ? Rational(0) : Rational(before.updates / static_cast<int>(phases_before)),
      0};
}

// Until little is left of the level, or of what it grows from.
Ruler::Extent Ruler::decay(const ir::Decay& value, Measure& before) const {
  constexpr double little = 0.02;
  constexpr double fewest = 4, most = 100;
  const double factor = environment_.real(value.factor);
  const bool moves = factor > 0 && factor != 1;
  const double times = moves ? std::ceil(std::log(little) / -std::abs(std::log(factor))) : fewest;
  const Extent period = extent(value.per, before);
  const Rational count(static_cast<int>(std::clamp(times, fewest, most)));
  return {period.updates * count, period.share * count};
}

Ruler::Extent Ruler::repeat(const ir::Repeat& value, Measure& before) const {
  constexpr int cycles = 4;
  const Rational growth = environment_.number(value.growth);
  const auto* length = std::get_if<Length>(&value.period);
  if (length == nullptr) return {0, 1};  // it divides what there is
  Extent period = extent(*length, before);
  Extent sum;
  for (int i = 0; i < cycles; ++i) {
    sum.updates += period.updates;
    sum.share += period.share;
    period.updates *= growth;
    period.share *= growth;
  }
  return sum;
}

}  // namespace lrc::picture
