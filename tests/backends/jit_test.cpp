// The JIT against the interpreter, which is the definition: no bit may differ.

#include "compiler/backends/llvm/jit.h"

#include <gtest/gtest.h>

#include <bit>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <thread>

#include "runtime/host/evaluate.h"
#include "tests/backends/random_program.h"

namespace lrc::backends::llvm {
namespace {

using runtime::Operation;
using runtime::Program;
using tests::RandomShape;

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

// LRC_TEST_SCALE=100 compares a hundred times as many random programs.
std::size_t scaled(std::size_t programs) {
  const char* scale = std::getenv("LRC_TEST_SCALE");
  return scale == nullptr ? programs : programs * std::strtoul(scale, nullptr, 10);
}

struct Counts {
  std::size_t programs = 0;
  std::size_t comparisons = 0;
  std::size_t not_finite = 0;
  std::size_t different = 0;
};

void compare(const Program& program, std::span<const std::int64_t> steps, Counts& counts) {
  const auto compiled = compile(program);
  ASSERT_TRUE(compiled) << compiled.error();
  ++counts.programs;
  std::vector<double> values(program.slots.size());
  for (const std::int64_t step : steps) {
    (*compiled)(step, values.data(), tests::some_factors.data());
    for (std::size_t slot = 0; slot < values.size(); ++slot) {
      const double expected = runtime::evaluate(program, slot, step, tests::some_factors.data());
      ++counts.comparisons;
      counts.not_finite += std::isfinite(expected) ? 0 : 1;
      if (same_bits(values[slot], expected)) continue;
      ++counts.different;
      ADD_FAILURE() << "slot " << slot << " at step " << step << ": the interpreter gives "
                    << expected << ", the code " << values[slot];
      if (counts.different > 20) FAIL() << "and so on";
    }
  }
}

void compare_random(std::uint64_t seed, std::size_t programs, const RandomShape& shape) {
  std::mt19937_64 random(seed);
  Counts counts;
  const auto begin = Clock::now();
  for (std::size_t k = 0; k < scaled(programs); ++k) {
    const Program program = tests::random_program(random, shape);
    SCOPED_TRACE("program " + std::to_string(k) + " of seed " + std::to_string(seed));
    compare(program, tests::telling_steps(random, program), counts);
    if (testing::Test::HasFailure()) break;
  }
  std::printf("  %zu programs, %zu comparisons (%zu not finite), %zu differ, %.1f s\n",
              counts.programs, counts.comparisons, counts.not_finite, counts.different,
              milliseconds_since(begin) / 1000);
  EXPECT_EQ(counts.not_finite, 0U) << "the generator left an operation's domain";
}

class Jit : public testing::Test {
 protected:
  void SetUp() override {
    if (!available()) GTEST_SKIP() << description();
  }
};

TEST_F(Jit, SaysWhatItIs) { std::printf("  %s\n", description().c_str()); }

TEST_F(Jit, EqualsTheInterpreter) { compare_random(1, 150, {}); }

TEST_F(Jit, EqualsTheInterpreterOnManySegments) {
  compare_random(2, 30, {.most_segments = 200, .most_slots = 3, .depth = 1});
}

TEST_F(Jit, EqualsTheInterpreterOnManySlots) {
  compare_random(3, 40, {.most_segments = 4, .most_slots = 300, .depth = 2});
}

TEST_F(Jit, EqualsTheInterpreterOnDeepNesting) {
  compare_random(4, 100, {.most_segments = 2, .most_slots = 2, .depth = 6});
}

TEST_F(Jit, RandomProgramsUseEveryOperation) {
  std::mt19937_64 random(5);
  std::set<Operation> used;
  for (int k = 0; k < 50; ++k) {
    for (const runtime::Code& code : tests::random_program(random, {}).codes) {
      for (const runtime::Instruction& i : code) used.insert(i.operation);
    }
  }
  EXPECT_EQ(used.size(), static_cast<std::size_t>(Operation::geometric) + 1);
}

TEST_F(Jit, OneSlotEqualsAllSlots) {
  std::mt19937_64 random(6);
  for (int k = 0; k < 30; ++k) {
    const Program program = tests::random_program(random, {});
    for (std::size_t slot = 0; slot < program.slots.size(); ++slot) {
      const auto compiled = compile_slot(program, slot);
      ASSERT_TRUE(compiled) << compiled.error();
      for (const std::int64_t step : tests::telling_steps(random, program)) {
        const double* factors = tests::some_factors.data();
        EXPECT_TRUE(
            same_bits((*compiled)(step, factors), runtime::evaluate(program, slot, step, factors)));
      }
    }
    EXPECT_FALSE(compile_slot(program, program.slots.size()));
  }
}

TEST_F(Jit, CompilesFromSeveralThreads) {
  std::vector<std::jthread> threads;
  std::array<Counts, 4> counts;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    threads.emplace_back([k, &counts] {
      std::mt19937_64 random(100 + k);
      for (int n = 0; n < 25; ++n) {
        const Program program = tests::random_program(random, {});
        compare(program, tests::telling_steps(random, program), counts[k]);
      }
    });
  }
  threads.clear();
  for (const Counts& one : counts) {
    EXPECT_EQ(one.programs, 25U);
    EXPECT_EQ(one.different, 0U);
  }
}

// `phases` phases of 100 steps, alternately a cosine and a hold, over and over.
Program many_phases(std::uint32_t phases) {
  Program program;
  program.outputs = {"lr"};
  program.group_sets = {{}};
  program.codes = {{{Operation::real, 0},
                    {Operation::real, 1},
                    {Operation::small_progress, 0},
                    {Operation::havpi, 2},
                    {Operation::ramp, 0, 1, 2, 3}},
                   {{Operation::real, 0}},
                   {{Operation::curve, 0}, {Operation::real, 0}, {Operation::multiply, 0, 1}}};
  for (std::uint32_t k = 0; k < phases; ++k) {
    program.segments.push_back({k % 2, static_cast<std::uint32_t>(program.integers.size()),
                                static_cast<std::uint32_t>(program.reals.size())});
    if (k > 0) program.thresholds.push_back(100 * k);
    program.integers.insert(program.integers.end(), {1, -100 * static_cast<std::int64_t>(k), 100});
    program.reals.insert(program.reals.end(), {1.0 / (1 + k), 0.5 / (1 + k)});
  }
  program.curves = {{0, phases, 0}};
  program.slots = {{0, 0, {2, 0, static_cast<std::uint32_t>(program.reals.size())}}};
  program.reals.push_back(3e-4);
  return program;
}

TEST_F(Jit, CompileTimes) {
  for (const std::uint32_t phases : {1U, 2U, 8U, 32U, 33U, 1000U, 10000U}) {
    const Program program = many_phases(phases);
    auto begin = Clock::now();
    const auto compiled = compile(program);
    const double cold = milliseconds_since(begin);
    ASSERT_TRUE(compiled) << compiled.error();
    begin = Clock::now();
    ASSERT_TRUE(compile(program));
    const double again = milliseconds_since(begin);
    Counts counts;
    std::vector<std::int64_t> steps;
    for (std::int64_t step = 0; step < 100 * phases + 100; step += 7) steps.push_back(step);
    compare(program, steps, counts);
    std::printf("  %5u phases: program to callable %.2f ms, again %.2f ms\n", phases, cold, again);
  }
}

}  // namespace
}  // namespace lrc::backends::llvm
