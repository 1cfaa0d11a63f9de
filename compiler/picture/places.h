#pragma once
// A place of the run in every unit that the facts allow.

#include <functional>
#include <string>
#include <vector>

#include "compiler/picture/view.h"

namespace lrc::picture {

// A way to count: its name, and how much of it lies behind so many updates.
struct Count {
  std::string name;  // `steps`, `%`
  std::function<exact::Rational(const exact::Rational&)> amount;
};

// Updates first, then the share of the run, then the units. Where every run has this shape, the
// share alone.
[[nodiscard]] std::vector<Count> counts(const View& view);

// `59.82 steps`, `6%`.
[[nodiscard]] std::string place_in(const Count& count, const exact::Rational& updates);

}  // namespace lrc::picture
