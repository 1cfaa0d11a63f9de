#include "compiler/exact/units.h"

namespace lrc::exact {
namespace {

struct Names {
  std::string_view singular, plural;
};
constexpr std::array<Names, units.size()> names = {{{"step", "steps"},
                                                    {"sample", "samples"},
                                                    {"token", "tokens"},
                                                    {"epoch", "epochs"},
                                                    {"second", "seconds"}}};

std::size_t index(Unit unit) { return static_cast<std::size_t>(unit); }

}  // namespace

std::string_view singular(Unit unit) { return names[index(unit)].singular; }
std::string_view plural(Unit unit) { return names[index(unit)].plural; }

std::optional<Unit> unit_named(std::string_view word) {
  for (const Unit unit : units) {
    if (word == singular(unit) || word == plural(unit)) return unit;
  }
  return std::nullopt;
}

Rate canonical(const Rate& rate) {
  constexpr std::array<int, units.size()> rank = {2, 3, 4, 0, 1};  // in the order of Unit
  if (rank[index(rate.of)] <= rank[index(rate.in)]) return rate;
  return {rate.in, 1 / rate.amount, rate.of};
}

std::optional<Rational> Conversions::factor(Unit from, Unit to) const {
  if (from == to) return Rational(1);
  return known_[index(from)][index(to)];
}

bool Conversions::add(const Rate& rate) {
  if (const auto known = factor(rate.of, rate.in)) return *known == rate.amount;
  // Both sides' families are joined through the new rate.
  for (const Unit from : units) {
    for (const Unit to : units) {
      const auto before = factor(from, rate.of);
      const auto behind = factor(rate.in, to);
      if (!before || !behind || factor(from, to)) continue;
      known_[index(from)][index(to)] = *before * rate.amount * *behind;
      known_[index(to)][index(from)] = 1 / (*before * rate.amount * *behind);
    }
  }
  return true;
}

}  // namespace lrc::exact
