#pragma once
// Sets of binary64 numbers between two ends, and what the operations of a bound program make of
// them. What is computed of single numbers is their very value, to the bit; everything else
// encloses whatever the operation gives for any numbers inside.

#include <algorithm>
#include <limits>

#include "runtime/host/program.h"

namespace lrc::prove {

struct Interval {
  double low = 0, high = 0;  // low <= high; neither is NaN

  [[nodiscard]] bool single() const { return low == high; }
  [[nodiscard]] bool contains(double value) const { return low <= value && value <= high; }
  bool operator==(const Interval&) const = default;
};

inline constexpr Interval everything = {-std::numeric_limits<double>::infinity(),
                                        std::numeric_limits<double>::infinity()};

[[nodiscard]] constexpr Interval point(double value) { return {value, value}; }

[[nodiscard]] inline Interval hull(const Interval& a, const Interval& b) {
  return {std::min(a.low, b.low), std::max(a.high, b.high)};
}

// Both ends moved outward by so many neighbouring numbers.
[[nodiscard]] Interval widened(Interval value, int neighbours);

// The operands of an operation; those that it does not have are ignored.
struct Operands {
  Interval x, y, z, w;
};
// Of the operations that read neither constants nor the position.
[[nodiscard]] Interval apply(runtime::Operation operation, const Operands& operands);

}  // namespace lrc::prove
