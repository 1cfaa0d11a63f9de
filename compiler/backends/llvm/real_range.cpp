#include "compiler/backends/llvm/real_range.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>

namespace lrc::backends::llvm {
namespace {

MaybeRange finite(double low, double high, bool negative_zero) {
  if (!std::isfinite(low) || !std::isfinite(high)) return {};
  return RealRange{low, high, negative_zero};
}

bool has_zero(const RealRange& x) { return x.low <= 0 && x.high >= 0; }

}  // namespace

// -0 is a sum of nothing but -0 and -0.
MaybeRange sum(const RealRange& x, const RealRange& y) {
  return finite(x.low + y.low, x.high + y.high, x.negative_zero && y.negative_zero);
}

MaybeRange difference(const RealRange& x, const RealRange& y) {
  return finite(x.low - y.high, x.high - y.low, x.negative_zero);
}

MaybeRange product(const RealRange& x, const RealRange& y) {
  const std::initializer_list<double> ends = {x.low * y.low, x.low * y.high, x.high * y.low,
                                              x.high * y.high};
  for (const double end : ends) {
    if (!std::isfinite(end)) return {};
  }
  const bool positive = x.low >= 0 && y.low >= 0 && !x.negative_zero && !y.negative_zero;
  return finite(std::min(ends), std::max(ends), !positive);
}

MaybeRange either(const RealRange& x, const RealRange& y) {
  return RealRange{std::min(x.low, y.low), std::max(x.high, y.high),
                   x.negative_zero || y.negative_zero};
}

bool within(const RealRange& inner, double low, double high) {
  return low <= inner.low && inner.high <= high;
}

bool never_below(const RealRange& x, const RealRange& y) {
  const bool zeros_differ = (x.negative_zero || y.negative_zero) && has_zero(x) && has_zero(y);
  return x.low >= y.high && !zeros_differ;
}

}  // namespace lrc::backends::llvm
