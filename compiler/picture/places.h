#pragma once
// A place of the run in every unit that the facts allow.

#include <string>
#include <utility>
#include <vector>

#include "compiler/picture/view.h"

namespace lrc::picture {

// A way to count: its name, and how many updates make one.
struct Count {
  std::string name;  // `steps`, `%`
  exact::Rational updates;
};

// Updates first, then the share of the run, then the units. Where every run has this shape, the
// share alone.
[[nodiscard]] std::vector<Count> counts(const View& view);

// `59.82 steps`, `6%`.
[[nodiscard]] std::string place_in(const Count& count, const exact::Rational& updates);

}  // namespace lrc::picture
