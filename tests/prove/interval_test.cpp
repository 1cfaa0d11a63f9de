// What operations make of intervals encloses what they make of the numbers inside, and is exactly
// that where there is one number.

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>

#include "compiler/prove/interval.h"
#include "runtime/host/evaluate.h"

namespace lrc::prove {
namespace {

using runtime::Operation;

constexpr std::array operations = {
    Operation::add,         Operation::subtract, Operation::multiply, Operation::divide,
    Operation::square_root, Operation::power,    Operation::havpi,    Operation::sinpi,
    Operation::cospi,       Operation::exp2,     Operation::log2,     Operation::tanh,
    Operation::minimum,     Operation::maximum,  Operation::ramp,     Operation::geometric};

class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t count) { return random_() % count; }

  // Round numbers, numbers close to them, and any size.
  double number(bool positive) {
    constexpr std::array landmarks = {0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 1e-3, 3e-4, 1e3};
    double value = landmarks[below(landmarks.size())];
    if (below(2) == 0) value = std::ldexp(static_cast<double>(random_() >> 11), -53) * 4;
    if (below(4) == 0) value = std::nextafter(value, below(2) == 0 ? 10.0 : 0.0);
    return !positive && below(3) == 0 ? -value : value;
  }

  Interval interval(bool positive) {
    const double a = number(positive), b = below(3) == 0 ? a : number(positive);
    return {std::min(a, b), std::max(a, b)};
  }

  double inside(const Interval& interval) {
    if (below(4) == 0) return below(2) == 0 ? interval.low : interval.high;
    const double share = std::ldexp(static_cast<double>(random_() >> 11), -53);
    return std::clamp(interval.low + (interval.high - interval.low) * share, interval.low,
                      interval.high);
  }

 private:
  std::mt19937_64 random_;
};

TEST(Interval, encloses_every_value) {
  Numbers numbers(1);
  for (int round = 0; round < 200'000; ++round) {
    const Operation operation = operations[numbers.below(operations.size())];
    const bool positive = operation == Operation::power || operation == Operation::geometric;
    const Operands operands = {numbers.interval(positive), numbers.interval(positive),
                               numbers.interval(false), numbers.interval(false)};
    const Interval enclosure = apply(operation, operands);
    for (int point = 0; point < 4; ++point) {
      const double x = numbers.inside(operands.x), y = numbers.inside(operands.y);
      const double z = numbers.inside(operands.z), w = numbers.inside(operands.w);
      const double value = runtime::apply(operation, x, y, z, w);
      if (std::isnan(value)) continue;
      ASSERT_TRUE(enclosure.contains(value))
          << static_cast<int>(operation) << "(" << x << ", " << y << ", " << z << ", " << w
          << ") = " << value << " outside " << enclosure.low << " .. " << enclosure.high;
    }
  }
}

TEST(Interval, of_single_numbers_is_the_value) {
  Numbers numbers(2);
  for (int round = 0; round < 100'000; ++round) {
    const Operation operation = operations[numbers.below(operations.size())];
    const double x = std::fabs(numbers.number(true)) / 4, y = numbers.number(true) + 0.125;
    const double z = numbers.number(true), w = numbers.number(true);
    const double value = runtime::apply(operation, x, y, z, w);
    if (!std::isfinite(value)) continue;
    const bool in_domain = operation != Operation::geometric || x > 0;
    if (!in_domain) continue;
    const Interval got = apply(operation, {point(x), point(y), point(z), point(w)});
    if (got == everything) continue;  // outside the domain
    ASSERT_EQ(point(value), got) << static_cast<int>(operation) << " " << x << " " << y;
  }
}

TEST(Interval, keeps_what_is_exact) {
  // A ramp stays between its ends, half a cosine in [0, 1], a power below 1 there.
  const Interval unit = {0, 1};
  EXPECT_EQ((Interval{1e-4, 3e-4}), apply(Operation::ramp, {point(3e-4), point(1e-4), unit, unit}));
  EXPECT_EQ(unit, apply(Operation::havpi, {unit, {}, {}, {}}));
  EXPECT_EQ(1.0, apply(Operation::power, {point(0.9), {0, 1e9}, {}, {}}).high);
  EXPECT_EQ(everything, apply(Operation::divide, {point(1), {-1, 1}, {}, {}}));
  EXPECT_EQ(everything, apply(Operation::square_root, {{-1, 1}, {}, {}, {}}));
}

}  // namespace
}  // namespace lrc::prove
