#include "compiler/picture/places.h"

#include <fmt/format.h>

#include "compiler/picture/numbers.h"

namespace lrc::picture {

std::vector<Count> counts(const View& view) {
  std::vector<Count> counts;
  const exact::Rational percent(1, 100);
  if (view.any_run) return {{"%", view.length * percent}};
  counts.push_back({"steps", 1});
  if (view.bound.run) counts.push_back({"%", *view.bound.run * percent});
  for (const exact::Unit unit : exact::units) {
    if (unit == exact::Unit::steps) continue;
    if (const auto one = view.bound.conversions.factor(unit, exact::Unit::steps))
      counts.push_back({std::string(plural(unit)), *one});
  }
  return counts;
}

std::string place_in(const Count& count, const exact::Rational& updates) {
  const std::string number = exact_count(updates / count.updates);
  if (count.name == "%") return number + "%";
  const bool one = updates == count.updates;
  return fmt::format("{} {}", number,
                     one ? count.name.substr(0, count.name.size() - 1) : count.name);
}

}  // namespace lrc::picture
