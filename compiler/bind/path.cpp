#include "compiler/bind/path.h"

#include <algorithm>

namespace lrc::bind {

using exact::Integer;
using exact::Rational;
using exact::Unit;

namespace {

std::size_t index(Unit unit) { return static_cast<std::size_t>(unit); }

}  // namespace

Path::Piece Path::piece(const std::vector<exact::Rate>& rates, Integer begin) {
  exact::Conversions known;
  for (const exact::Rate& rate : rates) static_cast<void>(known.add(rate));
  Piece built{std::move(begin), {}, {}};
  for (const Unit unit : exact::units)
    built.per_update[index(unit)] = known.factor(Unit::steps, unit);
  return built;
}

Path::Path(const std::vector<exact::Rate>& rates, const std::vector<ir::Jump>& jumps)
    : pieces_{piece(rates, 0)} {
  std::vector<exact::Rate> changing = rates;
  jump(changing, jumps);
}

// The next change is the one whose update comes first.
void Path::jump(std::vector<exact::Rate>& rates, std::vector<ir::Jump> jumps) {
  while (!jumps.empty()) {
    const Piece& last = pieces_.back();
    const auto update_of = [&](const ir::Jump& item) {
      const std::size_t unit = index(unit_of(item.at.of()));
      const Rational left = *item.at.exact() - last.clock[unit];
      return Integer(last.begin +
                     std::max<Integer>(0, exact::ceiling(left / last.per_update[unit].value())));
    };
    const auto next = std::min_element(
        jumps.begin(), jumps.end(),
        [&](const ir::Jump& a, const ir::Jump& b) { return update_of(a) < update_of(b); });
    const auto changed = std::find_if(rates.begin(), rates.end(), [&](const exact::Rate& rate) {
      return rate.of == next->rate.of && rate.in == next->rate.in;
    });
    *changed = next->rate;
    const Integer begin = update_of(*next);
    jumps.erase(next);
    Piece built = piece(rates, begin);
    for (std::size_t unit = 0; unit < built.clock.size(); ++unit) {
      if (last.per_update[unit])
        built.clock[unit] =
            last.clock[unit] + *last.per_update[unit] * Rational(begin - last.begin);
    }
    if (begin == last.begin)
      pieces_.back() = std::move(built);
    else
      pieces_.push_back(std::move(built));
  }
}

std::optional<Rational> Path::factor(Unit from, Unit to) const {
  std::optional<Rational> same;
  for (const Piece& piece : pieces_) {
    const auto& one = piece.per_update[index(from)];
    const auto& other = piece.per_update[index(to)];
    if (!one || !other) return std::nullopt;
    const Rational factor = *other / *one;
    if (same && *same != factor) return std::nullopt;
    same = factor;
  }
  return same;
}

Rational Path::clock(Unit unit, const Rational& updates) const {
  const auto behind = std::upper_bound(
      pieces_.begin() + 1, pieces_.end(), updates,
      [](const Rational& value, const Piece& piece) { return value < Rational(piece.begin); });
  const Piece& piece = *(behind - 1);
  return piece.clock[index(unit)] +
         piece.per_update[index(unit)].value() * (updates - Rational(piece.begin));
}

Rational Path::updates(Unit unit, const Rational& clock) const {
  const auto behind = std::upper_bound(
      pieces_.begin() + 1, pieces_.end(), clock,
      [&](const Rational& value, const Piece& piece) { return value < piece.clock[index(unit)]; });
  const Piece& piece = *(behind - 1);
  return Rational(piece.begin) +
         (clock - piece.clock[index(unit)]) / piece.per_update[index(unit)].value();
}

}  // namespace lrc::bind
