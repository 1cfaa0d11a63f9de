#pragma once
// Intervals of exact integers: what is known about a position before the program runs. Decides
// where 64 bits are enough, which comparisons are already decided, which conversions are exact.

#include "runtime/host/program.h"

namespace lrc::backends {

using runtime::Integer;

inline constexpr Integer integer_high = ~(static_cast<Integer>(1) << 127);
inline constexpr Integer integer_low = -integer_high;

// Both ends belong to it.
struct Range {
  Integer low;
  Integer high;
  bool operator==(const Range&) const = default;
};

inline constexpr Range any_integer = {integer_low, integer_high};
inline constexpr Range any_step = {0, runtime::maximum_step};

// Below this in size, an integer is a binary64 number.
inline constexpr Integer exact_limit = static_cast<Integer>(1) << 53;

[[nodiscard]] bool within(const Range& inner, const Range& outer);
[[nodiscard]] bool fits_word(const Range& range);  // std::int64_t
[[nodiscard]] Range join(const Range& a, const Range& b);
[[nodiscard]] Range meet(const Range& a, const Range& b);  // of two that meet

// value*factor + addend. What could leave 128 bits is any_integer.
[[nodiscard]] Range linear(const Range& value, Integer factor, Integer addend);
// The signs of C++: for divisors above 0.
[[nodiscard]] Range quotient(const Range& value, const Range& divisor);
[[nodiscard]] Range remainder(const Range& value, const Range& divisor);
// min(max(value, 0), limit)
[[nodiscard]] Range limited(const Range& value, const Range& limit);

}  // namespace lrc::backends
