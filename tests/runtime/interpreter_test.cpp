// The prepared program against the plain one, which is the definition: no bit may differ.

#include "runtime/host/interpreter.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstdio>

#include "runtime/host/evaluate.h"
#include "tests/backends/random_program.h"
#include "tests/runtime/small_program.h"

namespace lrc::runtime {
namespace {

std::uint64_t bits(double value) { return std::bit_cast<std::uint64_t>(value); }

// How many values were compared.
std::size_t compare(const Program& program, std::span<const std::int64_t> steps) {
  const double* factors = tests::some_factors.data();
  const Interpreter interpreter(program);
  std::vector<double> values(program.slots.size());
  for (const std::int64_t step : steps) {
    interpreter.values(step, values.data(), factors);
    for (std::size_t slot = 0; slot < values.size(); ++slot) {
      const double expected = evaluate(program, slot, step, factors);
      EXPECT_EQ(bits(values[slot]), bits(expected)) << "slot " << slot << " at " << step;
      EXPECT_EQ(bits(interpreter.value(slot, step, factors)), bits(expected))
          << "slot " << slot << " alone at " << step;
    }
    if (testing::Test::HasFailure()) break;
  }
  return steps.size() * values.size();
}

void compare_random(std::uint64_t seed, int programs, const tests::RandomShape& shape) {
  std::mt19937_64 random(seed);
  std::size_t comparisons = 0;
  for (int k = 0; k < programs; ++k) {
    const Program program = tests::random_program(random, shape);
    comparisons += compare(program, tests::telling_steps(random, program));
    if (testing::Test::HasFailure()) FAIL() << "program " << k << " of seed " << seed;
  }
  std::printf("  %d programs, %zu comparisons\n", programs, comparisons);
}

TEST(Interpreter, EqualsTheDefinition) { compare_random(1, 1500, {}); }

TEST(Interpreter, EqualsTheDefinitionOnManySegments) {
  compare_random(2, 30, {.most_segments = 200, .most_slots = 3, .depth = 1});
}

TEST(Interpreter, EqualsTheDefinitionOnManySlots) {
  compare_random(3, 60, {.most_segments = 4, .most_slots = 300, .depth = 2});
}

TEST(Interpreter, EqualsTheDefinitionOnDeepNesting) {
  compare_random(4, 300, {.most_segments = 2, .most_slots = 2, .depth = 6});
}

TEST(Interpreter, RulesAreAtRestWithoutFactors) {
  std::mt19937_64 random(5);
  for (int k = 0; k < 100; ++k) {
    const Program program = tests::random_program(random, {});
    const Interpreter interpreter(program);
    std::vector<double> values(program.slots.size());
    interpreter.values(7, values.data());
    for (std::size_t slot = 0; slot < values.size(); ++slot)
      EXPECT_EQ(bits(values[slot]), bits(evaluate(program, slot, 7)));
  }
}

// A curve of three constants whose thresholds are the last position of 64 bits and one beyond it.
TEST(Interpreter, ThresholdsBeyondAWordAreNeverPassedByAWord) {
  constexpr Integer last = maximum_step;
  Program program;
  program.codes = {{{Operation::real, 0}}, {{Operation::curve, 0}}};
  program.reals = {1.0, 2.0, 3.0};
  program.segments = {{0, 0, 0}, {0, 0, 1}, {0, 0, 2}};
  program.thresholds = {last, last + 1};
  program.curves = {{0, 3, 0}};
  program.outputs = {"lr"};
  program.group_sets = {{}};
  program.slots = {{0, 0, {1, 0, 0}}};
  const Interpreter interpreter(program);
  EXPECT_EQ(interpreter.value(0, maximum_step - 1), 1.0);
  EXPECT_EQ(interpreter.value(0, maximum_step), 2.0);
}

// Warmup over 4 updates to `peak`, and half of it in the second group; see small_program.h.
TEST(Interpreter, GivesTheValuesOfASmallProgram) {
  const Interpreter interpreter(small_program(1.0));
  double values[4];
  interpreter.values(1, values);
  EXPECT_EQ(values[0], 0.5);
  EXPECT_EQ(values[1], 0.1);
  EXPECT_EQ(values[2], 0.25);
  EXPECT_EQ(values[3], 0.0);
}

}  // namespace
}  // namespace lrc::runtime
