// Random policies, bound to random runs: interpreter and JIT give the same bits.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>
#include <random>
#include <set>

#include "compiler/backends/llvm/jit.h"
#include "compiler/compile/compile.h"
#include "runtime/host/evaluate.h"
#include "tests/random_policy.h"

namespace lrc::test {
namespace {

// Every threshold of every curve and its neighbours, the ends, and some anywhere.
std::set<std::int64_t> positions(const runtime::Program& program, std::mt19937_64& random) {
  std::set<std::int64_t> steps = {0, 1, 2, runtime::maximum_step};
  for (const runtime::Integer threshold : program.thresholds) {
    for (const int beside : {-1, 0, 1}) {
      const runtime::Integer step = threshold + beside;
      if (step >= 0 && step <= runtime::maximum_step) steps.insert(static_cast<std::int64_t>(step));
    }
  }
  constexpr int anywhere = 60;
  for (int i = 0; i < anywhere; ++i)
    steps.insert(static_cast<std::int64_t>(random() >> (1 + random() % 62)));
  return steps;
}

compile::FactTexts facts(const compile::CompiledPolicy& policy, std::mt19937_64& random) {
  const auto needed = compile::needs(policy);
  const auto needs = [&](std::string_view fact) {
    return std::find(needed.begin(), needed.end(), fact) != needed.end();
  };
  compile::FactTexts texts;
  if (needs("run") || random() % 2 == 0)
    texts.run = std::to_string(random() % 1'000'000 + 100'000) + " steps";
  if (policy.program.run) texts.run.reset();
  if (needs("peak")) texts.peak = "3e-4";
  if (needs("batch")) texts.batch = std::to_string(random() % 512 + 1) + " samples";
  if (needs("1 epoch = …"))
    texts.rates.push_back("1 epoch = " + std::to_string(random() % 5000 + 1) + " steps");
  if (needs("1 sample = … tokens")) texts.rates.push_back("1 sample = 2048 tokens");
  return texts;
}

TEST(Policies, InterpreterAndJitGiveTheSameBits) {
  if (!backends::llvm::available()) GTEST_SKIP() << "the JIT was not built";
  std::size_t compared = 0, policies = 0;
  for (std::uint64_t seed = 0; policies < 300 && seed < 3000; ++seed) {
    std::mt19937_64 random(seed);
    const std::string text = RandomPolicy(seed).text();
    const auto compilation = compile::compile(source::make_source("<test>", text));
    if (!compilation.policy) continue;
    std::vector<runtime::GroupSet> sets = {{}};
    if (!compilation.policy->policy.groups.empty()) sets.push_back({0});
    const auto binding =
        compile::bind(*compilation.policy, facts(*compilation.policy, random), {}, sets);
    if (!binding.bound) continue;  // phases that do not fit the run
    const runtime::Program& program = binding.bound->program;
    const auto compiled = compile::jit(program);
    ASSERT_TRUE(compiled) << compiled.error();
    ++policies;
    std::vector<double> values(program.slots.size());
    const std::vector<double> at_rest(program.reactions.size(), 1.0);
    for (const std::int64_t step : positions(program, random)) {
      (*compiled)(step, values.data(), at_rest.data());
      for (std::size_t slot = 0; slot < values.size(); ++slot) {
        const double expected = runtime::evaluate(program, slot, step);
        ASSERT_EQ(std::bit_cast<std::uint64_t>(expected),
                  std::bit_cast<std::uint64_t>(values[slot]))
            << text << "\nstep " << step << " slot " << slot << ": " << expected << " and "
            << values[slot];
        ASSERT_TRUE(std::isfinite(expected) && !std::signbit(expected))
            << text << "\nstep " << step;
        ++compared;
      }
    }
  }
  std::printf("%zu policies, %zu values, 0 differing bits\n", policies, compared);
  EXPECT_GE(policies, 250U);
}

// Rules of every form on two outputs and three sets of groups, with factors of any size.
TEST(Policies, RulesHaveTheSameBits) {
  const auto compilation = compile::compile(source::make_source("<test>", R"(
policy p version 1 {
  run 1000 steps peak 3e-4
  lr = warmup 10% then cosine to 0.1x
  momentum = linear from 0.9 to 0.5
  group a matches "a" { lr by 0.7 }
  group b matches "b" { momentum = 0.3 }
  on nonfinite loss { lr by 0.5 for 10 steps momentum by 0.9 for 3 steps }
  on plateau of loss falling for 2 evals { lr by 0.5, not below 0.2x }
  on threshold of loss above 2 { lr by 3, at most 5 times momentum by 0.1, not below 0.25 }
  clamp lr to 1e-6 .. 4e-4
})"));
  ASSERT_TRUE(compilation.policy);
  const auto binding = compile::bind(*compilation.policy, {}, {}, {{}, {0}, {0, 1}});
  ASSERT_TRUE(binding.bound);
  const runtime::Program& program = binding.bound->program;
  const auto compiled = compile::jit(program);
  ASSERT_TRUE(compiled) << compiled.error();
  std::mt19937_64 random(9);
  std::vector<double> values(program.slots.size()), factors(program.reactions.size());
  for (int k = 0; k < 20'000; ++k) {
    const auto step = static_cast<std::int64_t>(random() % 1200);
    for (std::size_t i = 0; i < factors.size(); ++i) {
      constexpr double some[] = {1, 0.5, 0.1, 0, 1e-300, 9, 1e300, 1.7976931348623157e308};
      const double most = program.reactions[i].by > 1 ? some[7] : some[0];
      factors[i] = std::min(some[random() % std::size(some)], most);
    }
    (*compiled)(step, values.data(), factors.data());
    for (std::size_t slot = 0; slot < values.size(); ++slot) {
      const double expected = runtime::evaluate(program, slot, step, factors.data());
      ASSERT_EQ(std::bit_cast<std::uint64_t>(expected), std::bit_cast<std::uint64_t>(values[slot]));
      ASSERT_TRUE(std::isfinite(expected) && !std::signbit(expected));
    }
  }
}

// Nanoseconds of an update at random, the least of several rounds.
double nanoseconds_per_update(int phases) {
  std::string text = "linear to 0.5x for 100 steps";
  for (int i = 1; i < phases; ++i)
    text +=
        fmt::format(" then {} to 0.{}x for 100 steps", i % 2 == 0 ? "linear" : "sqrt", i % 9 + 1);
  const auto compilation = compile::compile(source::make_source("<test>", text + " then hold"));
  compile::FactTexts texts;
  texts.peak = "1";
  const auto binding = compile::bind(*compilation.policy, texts);
  const runtime::Program& program = binding.bound->program;
  std::mt19937_64 random(1);
  std::vector<std::int64_t> steps(100'000);
  for (std::int64_t& step : steps)
    step = static_cast<std::int64_t>(random() % (static_cast<std::uint64_t>(phases) * 100));
  double best = std::numeric_limits<double>::infinity(), sum = 0;
  for (int round = 0; round < 5; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    for (const std::int64_t step : steps) sum += runtime::evaluate(program, 0, step);
    const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - begin;
    best = std::min(best, taken.count() / static_cast<double>(steps.size()));
  }
  EXPECT_GT(sum, 0);
  return best;
}

// A hundred times the phases are 6.6 more halvings, not a hundred times the work; what else grows
// is what no longer fits into a cache.
TEST(Policies, EvaluatingTakesTheLogarithmOfThePhases) {
  const double few = nanoseconds_per_update(100), many = nanoseconds_per_update(9'999);
  std::printf("an update of 100 phases: %.0f ns, of 9,999 phases: %.0f ns\n", few, many);
  EXPECT_LT(many, 10 * few);
}

}  // namespace
}  // namespace lrc::test
