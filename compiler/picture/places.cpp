#include "compiler/picture/places.h"

#include <fmt/format.h>

#include "compiler/picture/numbers.h"

namespace lrc::picture {

std::vector<Count> counts(const View& view) {
  std::vector<Count> counts;
  const bind::Path& path = view.bound.path;
  const auto percent = [&](exact::Unit unit, const exact::Rational& run) {
    const exact::Rational whole = path.clock(unit, run);
    counts.push_back({"%", [&path, unit, whole](const exact::Rational& updates) {
                        return exact::Rational(path.clock(unit, updates) / whole * 100);
                      }});
  };
  if (view.any_run) {
    percent(exact::Unit::steps, view.length);
    return counts;
  }
  counts.push_back({"steps", [](const exact::Rational& updates) { return updates; }});
  if (view.bound.run) percent(view.unit.value_or(exact::Unit::steps), *view.bound.run);
  for (const exact::Unit unit : exact::units) {
    const bool known = path.pieces()[0].per_update[static_cast<std::size_t>(unit)].has_value();
    if (unit == exact::Unit::steps || !known) continue;
    counts.push_back({std::string(plural(unit)), [&path, unit](const exact::Rational& updates) {
                        return path.clock(unit, updates);
                      }});
  }
  return counts;
}

std::string place_in(const Count& count, const exact::Rational& updates) {
  const exact::Rational amount = count.amount(updates);
  const std::string number = exact_count(amount);
  if (count.name == "%") return number + "%";
  const bool one = amount == 1;
  return fmt::format("{} {}", number,
                     one ? count.name.substr(0, count.name.size() - 1) : count.name);
}

}  // namespace lrc::picture
