#include "compiler/exact/units.h"

#include <utility>
#include <vector>

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
  // All that a chain of rates joins with `unit`, and itself.
  const auto family = [this](Unit unit) {
    std::vector<Unit> joined;
    for (const Unit other : units) {
      if (other == unit || known_[index(unit)][index(other)]) joined.push_back(other);
    }
    return joined;
  };
  // Both families are joined through the new rate. They have no unit in common, so that nothing is
  // read that is written here.
  const auto in_family = family(rate.in);
  for (const Unit from : family(rate.of)) {
    const auto& to_of = known_[index(from)][index(rate.of)];
    const Rational amount = to_of ? Rational(*to_of * rate.amount) : rate.amount;
    for (const Unit to : in_family) {
      const auto& from_in = known_[index(rate.in)][index(to)];
      Rational joined = from_in ? Rational(amount * *from_in) : amount;
      known_[index(to)][index(from)].emplace(denominator(joined), numerator(joined));
      known_[index(from)][index(to)] = std::move(joined);
    }
  }
  return true;
}

}  // namespace lrc::exact
