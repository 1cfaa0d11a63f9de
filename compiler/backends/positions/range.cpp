#include "compiler/backends/positions/range.h"

#include <algorithm>
#include <limits>

namespace lrc::backends {
namespace {

Integer clamped(Integer value, Integer low, Integer high) {
  return std::min(std::max(value, low), high);
}

// Whether value*factor + addend stays in 128 bits; then it is `result`.
bool multiply_add(Integer value, Integer factor, Integer addend, Integer& result) {
  Integer product = 0;
  return !__builtin_mul_overflow(value, factor, &product) &&
         !__builtin_add_overflow(product, addend, &result);
}

}  // namespace

bool within(const Range& inner, const Range& outer) {
  return outer.low <= inner.low && inner.high <= outer.high;
}

bool fits_word(const Range& range) {
  using Word = std::numeric_limits<std::int64_t>;
  return within(range, {Word::min(), Word::max()});
}

Range join(const Range& a, const Range& b) {
  return {std::min(a.low, b.low), std::max(a.high, b.high)};
}

Range meet(const Range& a, const Range& b) {
  return {std::max(a.low, b.low), std::min(a.high, b.high)};
}

Range linear(const Range& value, Integer factor, Integer addend) {
  Integer one = 0;
  Integer other = 0;
  if (!multiply_add(value.low, factor, addend, one)) return any_integer;
  if (!multiply_add(value.high, factor, addend, other)) return any_integer;
  return {std::min(one, other), std::max(one, other)};
}

Range quotient(const Range& value, const Range& divisor) {
  const Integer least = std::max<Integer>(divisor.low, 1);
  return {std::min(value.low / least, value.low / divisor.high),
          std::max(value.high / least, value.high / divisor.high)};
}

Range remainder(const Range& value, const Range& divisor) {
  const Integer largest = divisor.high - 1;
  return {clamped(value.low, -largest, 0), clamped(value.high, 0, largest)};
}

Range limited(const Range& value, const Range& limit) {
  return {clamped(value.low, 0, limit.low), clamped(value.high, 0, limit.high)};
}

}  // namespace lrc::backends
