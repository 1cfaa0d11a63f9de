#include "compiler/prove/interval.h"

#include <array>
#include <cmath>

#include "runtime/arithmetic/arithmetic.h"

namespace lrc::prove {
namespace {

using runtime::Operation;

// The functions err by at most 1 ulp, havpi by 1.5 (runtime/arithmetic/arithmetic.h): two computed
// values are out of order by at most twice that.
constexpr int out_of_order = 4;

Interval ordered(double low, double high) {
  return low <= high ? Interval{low, high} : everything;  // NaN is no bound
}

Interval hull_of(const std::array<double, 4>& corners) {
  Interval found = point(corners[0]);
  for (const double corner : corners) {
    if (std::isnan(corner)) return everything;
    found = hull(found, point(corner));
  }
  return found;
}

Interval multiply(const Interval& x, const Interval& y) {
  return hull_of({x.low * y.low, x.low * y.high, x.high * y.low, x.high * y.high});
}

Interval divide(const Interval& x, const Interval& y) {
  if (y.contains(0)) return everything;
  return hull_of({x.low / y.low, x.low / y.high, x.high / y.low, x.high / y.high});
}

// A function that rises in exact arithmetic.
template <class Function>
Interval rising(const Interval& x, Function function) {
  if (x.single()) return ordered(function(x.low), function(x.low));
  return widened(ordered(function(x.low), function(x.high)), out_of_order);
}

Interval limited(const Interval& value, double low, double high) {
  return {std::clamp(value.low, low, high), std::clamp(value.high, low, high)};
}

bool correctly_rounded(double exponent) {
  return exponent == 0 || exponent == 0.5 || exponent == 1 || exponent == 2 || exponent == -1;
}

// x^y takes its extremes at corners: it is monotone in either operand while the other stands still.
Interval power(const Interval& x, const Interval& y) {
  if (x.low < 0) return everything;
  const Interval corners = hull_of({lrc1_pow(x.low, y.low), lrc1_pow(x.low, y.high),
                                    lrc1_pow(x.high, y.low), lrc1_pow(x.high, y.high)});
  if (y.single() && (x.single() || correctly_rounded(y.low))) return corners;
  const Interval wide = widened(corners, out_of_order);
  // An error of 1 ulp leads from below 1 to 1, not beyond.
  const bool shrinks = (x.high <= 1 && y.low >= 0) || (x.low >= 1 && y.high <= 0);
  const double most = shrinks ? 1.0 : everything.high;
  return limited(wide, 0.0, most);
}

Interval haversine(const Interval& x) {
  if (x.low < 0 || x.high > 1) return everything;
  const Interval value = rising(x, lrc1_havpi);
  return limited(value, 0.0, 1.0);
}

// cos(pi x): the ends, and 1 or -1 where an even or an odd number lies between.
Interval cosine(const Interval& x, double (*function)(double), double first_top) {
  if (x.single()) return ordered(function(x.low), function(x.low));
  constexpr double domain = 0x1p+50;
  if (x.low < -domain || x.high > domain || x.high - x.low >= 2)
    return widened({-1, 1}, out_of_order);
  Interval ends = hull_of({function(x.low), function(x.high), function(x.low), function(x.high)});
  const auto holds = [&](double at) { return at + 2 * std::ceil((x.low - at) / 2) <= x.high; };
  if (holds(first_top)) ends.high = 1;
  if (holds(first_top + 1)) ends.low = -1;
  return widened(ends, out_of_order);
}

Interval minimum(const Interval& x, const Interval& y) {
  return {std::min(x.low, y.low), std::min(x.high, y.high)};
}
Interval maximum(const Interval& x, const Interval& y) {
  return {std::max(x.low, y.low), std::max(x.high, y.high)};
}

// A ramp never leaves the interval between its ends, whatever the shape.
Interval ramp(const Interval& a, const Interval& b, const Interval& u, const Interval& s) {
  if (u.high <= 0) return a;
  if (u.low >= 1) return b;
  if (!a.single() || !b.single()) return hull(a, b);
  const Interval share = limited(s, 0.0, 1.0);
  // The sequence of operations is monotone in the share.
  constexpr double inside = 0.5;
  const double first = lrc1_ramp(a.low, b.low, inside, share.low);
  const double last = lrc1_ramp(a.low, b.low, inside, share.high);
  Interval value = ordered(std::min(first, last), std::max(first, last));
  if (u.low <= 0) value = hull(value, a);
  if (u.high >= 1) value = hull(value, b);
  return value;
}

Interval geometric(const Interval& a, const Interval& b, const Interval& u) {
  if (u.high <= 0) return a;
  if (u.low >= 1) return b;
  const Interval ends = hull(a, b);
  if (!a.single() || !b.single()) return ends;
  const double first = lrc1_geometric(a.low, b.low, u.low);
  if (u.single()) return ordered(first, first);
  const double last = lrc1_geometric(a.low, b.low, u.high);
  const Interval wide =
      widened(ordered(std::min(first, last), std::max(first, last)), out_of_order);
  return limited(wide, ends.low, ends.high);
}

Interval square_root(const Interval& x) {
  return x.low < 0 ? everything : ordered(std::sqrt(x.low), std::sqrt(x.high));
}

Interval logarithm(const Interval& x) { return x.low <= 0 ? everything : rising(x, lrc1_log2); }

}  // namespace

Interval widened(Interval value, int neighbours) {
  for (int i = 0; i < neighbours; ++i) {
    value.low = std::nextafter(value.low, everything.low);
    value.high = std::nextafter(value.high, everything.high);
  }
  return value;
}

Interval apply(Operation operation, const Operands& operands) {
  const auto& [x, y, z, w] = operands;
  switch (operation) {
    case Operation::add: return ordered(x.low + y.low, x.high + y.high);
    case Operation::subtract: return ordered(x.low - y.high, x.high - y.low);
    case Operation::multiply: return multiply(x, y);
    case Operation::divide: return divide(x, y);
    case Operation::square_root: return square_root(x);
    case Operation::power: return power(x, y);
    case Operation::havpi: return haversine(x);
    case Operation::sinpi: return cosine(x, lrc1_sinpi, 0.5);
    case Operation::cospi: return cosine(x, lrc1_cospi, 0.0);
    case Operation::exp2: return rising(x, lrc1_exp2);
    case Operation::log2: return logarithm(x);
    case Operation::tanh: return rising(x, lrc1_tanh);
    case Operation::minimum: return minimum(x, y);
    case Operation::maximum: return maximum(x, y);
    case Operation::ramp: return ramp(x, y, z, w);
    case Operation::geometric: return geometric(x, y, z);
    default: return everything;  // an operation that is not known here can give any number
  }
}

}  // namespace lrc::prove
