#pragma once
// Numbers for people: short on an axis, exact in a table. Digits that are left out are shown by
// `…`.

#include <string>

#include "compiler/exact/rational.h"

namespace lrc::picture {

// `3e-4`, `0.25`, `1200`: at most `digits` significant digits, rounded. For labels of an axis.
[[nodiscard]] std::string short_number(double value, int digits = 4);

// `2.5K`, `300B`: the same for counts.
[[nodiscard]] std::string short_count(double value);

// The same where nothing is lost by it, else all digits: `300B`, `123_456_789`.
[[nodiscard]] std::string spoken_count(const exact::Rational& value);

// The value with at most 6 significant digits, and `…` where that is not the whole of it.
[[nodiscard]] std::string marked_number(double value);

// `314_572_800_000`, `59.82`, `0.333333333…`.
[[nodiscard]] std::string exact_count(const exact::Rational& value);

}  // namespace lrc::picture
