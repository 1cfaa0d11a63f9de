// What a caller has done to the floating-point environment changes no bit of a policy.

#include "runtime/arithmetic/environment.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cfenv>
#include <cstdint>
#include <limits>
#include <vector>

#include "runtime/host/evaluate.h"
#include "runtime/host/schedule.h"
#include "tests/runtime/small_program.h"

namespace lrc::runtime {
namespace {

// A ramp to a third, and down into the subnormal numbers, where flushing would show.
Program ramp_program(double to) {
  Program program = small_program();
  program.outputs = {"lr"};
  program.groups.clear();
  program.group_sets = {{}};
  program.codes = {{{Operation::real, 0},
                    {Operation::real, 1},
                    {Operation::progress, 0},
                    {Operation::ramp, 0, 1, 2, 2}}};
  program.integers = {1, 0, 997};
  program.reals = {1.0 / 3.0, to};
  program.segments.clear();
  program.thresholds.clear();
  program.curves.clear();
  program.slots = {{0, 0, {0, 0, 0}}};
  if (to < 1e-300) program.reals[0] = std::numeric_limits<double>::min();
  return program;
}

std::vector<std::uint64_t> bits_of(const Schedule& schedule) {
  std::vector<std::uint64_t> bits;
  double value = 0;
  for (std::int64_t step = 0; step <= 997; ++step) {
    schedule.evaluate(step, std::span(&value, 1));
    bits.push_back(std::bit_cast<std::uint64_t>(value));
  }
  return bits;
}

TEST(ArithmeticEnvironment, RoundingModesOfTheCallerDoNotMatterAndStay) {
  const Schedule schedule(ramp_program(1e-3));
  const auto nearest = bits_of(schedule);
  for (const int mode : {FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO}) {
    std::fesetround(mode);
    const auto bits = bits_of(schedule);
    EXPECT_EQ(std::fegetround(), mode) << "the caller's mode was not given back";
    std::fesetround(FE_TONEAREST);
    EXPECT_EQ(bits, nearest);
  }
}

// The check above would pass if no rounding mode reached the arithmetic at all.
TEST(ArithmeticEnvironment, WithoutItARoundingModeWouldShow) {
  volatile double one = 1.0, three = 3.0;
  const double nearest = one / three;
  std::fesetround(FE_UPWARD);
  const double upward = one / three;
  std::fesetround(FE_TONEAREST);
  EXPECT_LT(nearest, upward);
}

#if defined(__x86_64__)
TEST(ArithmeticEnvironment, FlushedSubnormalsOfTheCallerDoNotMatter) {
  const Schedule small(ramp_program(1e-310));
  constexpr unsigned flush_and_daz = 0x8040;
  const auto kept = bits_of(small);
  const unsigned before = _mm_getcsr();
  _mm_setcsr(before | flush_and_daz);
  const auto flushed = bits_of(small);
  const bool given_back = (_mm_getcsr() & flush_and_daz) == flush_and_daz;
  _mm_setcsr(before);
  EXPECT_EQ(flushed, kept);
  EXPECT_TRUE(given_back);
  EXPECT_EQ(std::bit_cast<double>(kept.back()), 1e-310) << "no subnormal was computed";
}
#endif

}  // namespace
}  // namespace lrc::runtime
