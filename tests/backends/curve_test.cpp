// Whole curves against the interpreter, which is the definition: no bit may differ, wherever a
// stretch begins and ends.

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstdlib>

#include "compiler/backends/llvm/jit.h"
#include "runtime/host/evaluate.h"
#include "tests/backends/random_program.h"

namespace lrc::backends::llvm {
namespace {

using runtime::maximum_step;
using runtime::Operation;
using runtime::Program;

std::uint64_t bits(double value) { return std::bit_cast<std::uint64_t>(value); }

// Values outside the stretch are left alone. How many values were compared.
std::size_t compare(CurveFunction curve, const Program& program, std::size_t slot,
                    std::int64_t first, std::int64_t count) {
  constexpr double untouched = -1.25;
  std::vector<double> values(static_cast<std::size_t>(count) + 2, untouched);
  curve(first, count, values.data() + 1);
  EXPECT_EQ(values.front(), untouched);
  EXPECT_EQ(values.back(), untouched);
  for (std::int64_t k = 0; k < count; ++k) {
    const double value = values[static_cast<std::size_t>(k) + 1];
    EXPECT_EQ(bits(value), bits(runtime::evaluate(program, slot, first + k)))
        << "slot " << slot << " at " << first + k << " of " << count << " from " << first;
    if (testing::Test::HasFailure()) break;
  }
  return static_cast<std::size_t>(count);
}

// Around each telling step, in stretches of different lengths.
std::size_t compare_stretches(const Program& program, std::size_t slot, std::mt19937_64& random) {
  const auto curve = compile_curve(program, slot);
  EXPECT_TRUE(curve) << curve.error();
  if (!curve) return 0;
  std::size_t values = 0;
  std::int64_t done = -1;
  for (const std::int64_t step : tests::telling_steps(random, program)) {
    if (step <= done) continue;
    const std::int64_t first = step - std::min<std::int64_t>(step, 20);
    const auto most = static_cast<std::int64_t>(random() % 70);
    const std::int64_t count = std::min(most, maximum_step - first) + 1;
    values += compare(*curve, program, slot, first, count);
    done = first + (count - 1);
    if (testing::Test::HasFailure()) break;
  }
  return values;
}

// LRC_TEST_SCALE=100 compares a hundred times as many random programs.
int scaled(int programs) {
  const char* scale = std::getenv("LRC_TEST_SCALE");
  return scale == nullptr ? programs : programs * std::atoi(scale);
}

void compare_random(std::uint64_t seed, int programs, const tests::RandomShape& shape) {
  std::mt19937_64 random(seed);
  std::size_t values = 0;
  for (int k = 0; k < scaled(programs); ++k) {
    const Program program = tests::random_program(random, shape);
    values += compare_stretches(program, random() % program.slots.size(), random);
    if (testing::Test::HasFailure()) FAIL() << "program " << k << " of seed " << seed;
  }
  std::printf("  %d programs, %zu values\n", scaled(programs), values);
}

class Curve : public testing::Test {
 protected:
  void SetUp() override {
    if (!available()) GTEST_SKIP() << description();
  }
};

TEST_F(Curve, EqualsTheInterpreter) { compare_random(1, 60, {}); }

TEST_F(Curve, EqualsTheInterpreterOnManySegments) {
  compare_random(2, 20, {.most_segments = 200, .most_slots = 3, .depth = 1});
}

TEST_F(Curve, EqualsTheInterpreterOnDeepNesting) {
  compare_random(3, 30, {.most_segments = 2, .most_slots = 2, .depth = 6});
}

// A ramp over 100,000 updates with the shape, times a constant, in a curve of its own.
Program ramp_with(Operation shape) {
  Program program;
  program.outputs = {"lr"};
  program.group_sets = {{}};
  program.codes = {{{Operation::small_progress, 0}},
                   {{Operation::real, 0},
                    {Operation::real, 1},
                    {Operation::small_progress, 0},
                    {shape, 2, 0},
                    {Operation::ramp, 0, 1, 2, 3}},
                   {{Operation::real, 1}},
                   {{Operation::curve, 0}, {Operation::real, 0}, {Operation::multiply, 0, 1}}};
  program.integers = {1, 1, 6000, 1, -6000, 94000};
  program.reals = {1.0, 0.01, 3e-4};
  program.segments = {{0, 0, 0}, {1, 3, 0}, {2, 0, 0}};
  program.thresholds = {6000, 100'000};
  program.curves = {{0, 3, 0}};
  program.slots = {{0, 0, {3, 0, 2}}};
  return program;
}

TEST_F(Curve, EqualsTheInterpreterOnEveryUpdateOfARun) {
  for (const Operation shape :
       {Operation::havpi, Operation::sinpi, Operation::cospi, Operation::exp2, Operation::tanh,
        Operation::square_root, Operation::power, Operation::minimum}) {
    const Program program = ramp_with(shape);
    const auto curve = compile_curve(program, 0);
    ASSERT_TRUE(curve) << curve.error();
    compare(*curve, program, 0, 0, 101'000);
  }
}

TEST_F(Curve, QuickCodeHasTheSameBits) {
  std::mt19937_64 random(4);
  for (int k = 0; k < 20; ++k) {
    const Program program = tests::random_program(random, {});
    const auto curve = compile_curve(program, 0, Level::quick);
    ASSERT_TRUE(curve) << curve.error();
    for (const std::int64_t step : tests::telling_steps(random, program))
      compare(*curve, program, 0, step, 1);
  }
}

TEST_F(Curve, AnEmptyStretchWritesNothing) {
  const Program program = ramp_with(Operation::havpi);
  const auto curve = compile_curve(program, 0);
  ASSERT_TRUE(curve) << curve.error();
  compare(*curve, program, 0, 5990, 0);
  EXPECT_FALSE(compile_curve(program, 1));
}

}  // namespace
}  // namespace lrc::backends::llvm
