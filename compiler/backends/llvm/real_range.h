#pragma once
// Intervals of reals: what is known about a binary64 value. Every operation here rounds as the
// operation in the code does, and rounding is monotone, so that the ends are exact.

#include <optional>

namespace lrc::backends::llvm {

// Both ends belong to it; no NaN and no infinity does.
struct RealRange {
  double low;
  double high;
  bool negative_zero = false;  // whether -0 can be one of its zeros
};

using MaybeRange = std::optional<RealRange>;

[[nodiscard]] MaybeRange sum(const RealRange& x, const RealRange& y);
[[nodiscard]] MaybeRange difference(const RealRange& x, const RealRange& y);
[[nodiscard]] MaybeRange product(const RealRange& x, const RealRange& y);
[[nodiscard]] MaybeRange either(const RealRange& x, const RealRange& y);

[[nodiscard]] bool within(const RealRange& inner, double low, double high);

// Whether x >= y always holds and, where they are equal, they have the same bits.
[[nodiscard]] bool never_below(const RealRange& x, const RealRange& y);

}  // namespace lrc::backends::llvm
