#pragma once
// M15: `extend to T keep value at P`. Up to P the curve is what it was; from there on, what was
// left of it up to the end of the run is stretched, to end at T.

#include "compiler/bind/environment.h"

namespace lrc::bind {

// In updates. Place s behind `at` is the place at + (s - at)*shrink of the curve's own.
struct Extension {
  exact::Rational at, end, shrink;

  // Where a place of the curve's own comes to lie.
  [[nodiscard]] exact::Rational moved(const exact::Rational& place) const {
    return place <= at ? place : exact::Rational(at + (place - at) / shrink);
  }
};
// Of a curve of kind `extended`. Refuses one that does not fit the run.
[[nodiscard]] Extension extension_of(const ir::Curve& value, const Environment& environment);

}  // namespace lrc::bind
