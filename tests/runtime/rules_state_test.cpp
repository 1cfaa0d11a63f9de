// What a checkpoint carries of rules, and what holds whatever is observed.

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "runtime/host/schedule.h"
#include "tests/runtime/ruled_program.h"

namespace lrc::runtime {
namespace {

using Outcome = Observation::Outcome;
using Trigger = Rule::Trigger;

// A rule of each kind on lr, which is 1 and never below 0.01 for a rule, in the order of a policy.
Program program_of_all_kinds() {
  Rule plateau{Trigger::plateau};
  plateau.count = 2;
  plateau.cooldown = 3;
  plateau.level = 0.01;
  plateau.relative = true;
  Program program = ruled_program(plateau, {{}, 0.5, 0, 20});
  program.identity.hash = "lrc1:01";
  program.identity.run_hash = "lrc1:02";
  Rule spike{Trigger::spike};
  spike.metrics = {0};
  spike.level = 1.5;
  spike.count = 7;
  Rule nonfinite{Trigger::nonfinite};
  nonfinite.metrics = {0, 1};
  Rule counting{Trigger::plateau};
  counting.metrics = {1};
  counting.upwards = counting.counting = true;
  Rule threshold{Trigger::threshold};
  threshold.metrics = {1};
  threshold.level = -0.5;
  for (const Rule& rule : {spike, nonfinite, counting, threshold}) {
    program.rules.push_back(rule);
    program.rules.back().first_reaction = static_cast<std::uint32_t>(program.reactions.size());
    program.rules.back().reactions = 1;
    program.reactions.push_back({{}, 0.7, rule.trigger == Trigger::plateau ? 0 : 5});
  }
  program.reactions[3].ignored = 1e-3;
  Code& code = program.codes[0];
  for (std::uint32_t k = 1; k < program.reactions.size(); ++k) {
    const auto value = static_cast<std::uint32_t>(code.size() - 1);
    code.push_back({Operation::factor, k});
    code.push_back({Operation::multiply, value, value + 1});
    code.push_back({Operation::real, 1});
    code.push_back({Operation::minimum, value, value + 3});
    code.push_back({Operation::maximum, value + 2, value + 4});
  }
  program.reals = {1.0, 0.01};
  return program;
}

// Values as trainings give them, and as they do not.
double any_value(std::mt19937_64& random) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  constexpr double largest = std::numeric_limits<double>::max();
  constexpr double odd[] = {
      std::numeric_limits<double>::quiet_NaN(), infinity, -infinity, largest, -largest, 0.0, -0.0,
      std::numeric_limits<double>::denorm_min()};
  if (random() % 4 == 0) return odd[random() % std::size(odd)];
  if (random() % 4 == 0) return std::bit_cast<double>(random());
  return std::uniform_real_distribution(-1.0, 3.0)(random);
}

void observe_some(Schedule& schedule, std::mt19937_64& random, int updates) {
  for (int k = 0; k < updates; ++k) {
    for (const char* metric : {"loss", "accuracy"}) {
      if (random() % 3 == 0) continue;
      const double value = any_value(random);
      const Observation seen = schedule.observe(metric, value, schedule.step());
      EXPECT_EQ(seen.outcome, std::isfinite(value) ? Outcome::accepted : Outcome::not_finite);
    }
    schedule.advance();
  }
}

TEST(RulesState, WritesReadableLines) {
  Schedule schedule(program_of_all_kinds());
  ASSERT_EQ(schedule.observe("loss", 0.5, 3).outcome, Outcome::accepted);
  const std::string text = save_state(schedule.state());
  EXPECT_NE(text.find("value 3ff0000000000000 lr\n"
                      "metric loss 3 3fe0000000000000\n"
                      "metric accuracy none\n"
                      "rule 3fe0000000000000 0 0 -1 -1\n"
                      "rule 0000000000000000 0 0 0 -1\n"
                      "observed 0 3fe0000000000000\n"
                      "rule 0000000000000000 0 0 -1 -1\n"
                      "rule fff0000000000000 0 0 -1 -1\n"
                      "rule 0000000000000000 0 0 -1 -1\n"
                      "reaction 3ff0000000000000 0 0\n"),
            std::string::npos)
      << text;
}

TEST(RulesState, ARunGoesOnToTheLastBit) {
  std::mt19937_64 random(1);
  for (int length = 0; length < 60; ++length) {
    Schedule first(program_of_all_kinds());
    observe_some(first, random, length);
    const auto saved = load_state(save_state(first.state()));
    ASSERT_TRUE(saved) << saved.error();
    Schedule second(program_of_all_kinds());
    const auto resumed = second.resume(*saved);
    ASSERT_TRUE(resumed) << resumed.error();
    EXPECT_EQ(save_state(second.state()), save_state(first.state()));
    std::mt19937_64 same = random;
    observe_some(first, random, 60);
    observe_some(second, same, 60);
    EXPECT_EQ(save_state(second.state()), save_state(first.state()));
    EXPECT_EQ(first.values()[0], second.values()[0]);
  }
}

TEST(RulesState, EverySingleBitFlipIsRefused) {
  std::mt19937_64 random(2);
  Schedule schedule(program_of_all_kinds());
  observe_some(schedule, random, 20);
  const std::string saved = save_state(schedule.state());
  for (std::size_t bit = 0; bit < 8 * saved.size(); ++bit) {
    std::string changed = saved;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_FALSE(load_state(changed)) << "bit " << bit;
  }
}

std::string refusal_of(const State& state) {
  Schedule schedule(program_of_all_kinds());
  const auto resumed = schedule.resume(state);
  EXPECT_FALSE(resumed);
  return resumed ? "" : resumed.error();
}

TEST(RulesState, AnotherLayoutIsRefused) {
  const State fine = Schedule(program_of_all_kinds()).state();
  State state = fine;
  state.rules = {};
  EXPECT_EQ(refusal_of(state),
            "The saved state does not fit the rules of the policy: it has 0 metrics, and the "
            "policy 2.");
  state = fine;
  state.rules.rules.pop_back();
  EXPECT_NE(refusal_of(state).find("it has 4 rules, and the policy 5"), std::string::npos);
  state = fine;
  state.rules.reactions.pop_back();
  EXPECT_NE(refusal_of(state).find("it has 4 reactions"), std::string::npos);
  state = fine;
  state.rules.metrics[1].name = "los";
  EXPECT_NE(refusal_of(state).find("its metric `los` is `accuracy`"), std::string::npos);
  state = fine;
  state.rules.rules[1].ring.resize(8);
  state.rules.rules[1].held = 8;
  EXPECT_NE(refusal_of(state).find("no observations lead to its rule 2"), std::string::npos);
}

TEST(RulesState, NumbersThatNothingLeadsToAreRefused) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const auto spoiled = [](auto spoil) {
    State state = Schedule(program_of_all_kinds()).state();
    spoil(state.rules);
    return refusal_of(state);
  };
  for (const double factor : {nan, -0.5, std::numeric_limits<double>::infinity()}) {
    EXPECT_NE(spoiled([&](RulesState& rules) {
                rules.reactions[0].factor = factor;
              }).find("no observations lead to its reaction 1"),
              std::string::npos);
  }
  EXPECT_NE(spoiled([](RulesState& rules) { rules.rules[0].best = nan; }), "");
  EXPECT_NE(spoiled([](RulesState& rules) { rules.rules[0].in_a_row = 2; }), "");
  EXPECT_NE(spoiled([](RulesState& rules) { rules.rules[0].resting = 4; }), "");
  EXPECT_NE(spoiled([](RulesState& rules) { rules.reactions[0].firings = 21; }), "");
  EXPECT_NE(spoiled([](RulesState& rules) {
              rules.rules[1].held = 1;
              rules.rules[1].ring[0].value = nan;
            }),
            "");
}

// A state of any metrics: the value is finite, not above the curve, not below the floor.
TEST(RulesState, NoObservationsLeadOutOfTheBounds) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    std::mt19937_64 random(seed);
    Schedule schedule(program_of_all_kinds());
    for (int update = 0; update < 200; ++update) {
      observe_some(schedule, random, 1);
      const double value = schedule.values()[0];
      ASSERT_TRUE(value >= 0.01 * 0x1p-20 && value <= 1.0) << value;
      for (const ReactionState& reaction : schedule.state().rules.reactions)
        ASSERT_TRUE(reaction.factor >= 0 && reaction.factor <= 1) << reaction.factor;
    }
  }
}

TEST(RulesState, EvaluatingElsewhereIsWithRulesAtRest) {
  Rule rule{Trigger::threshold};
  rule.upwards = true;
  Schedule schedule(ruled_program(rule));
  ASSERT_EQ(schedule.observe("loss", 1, 0).fired.size(), 1U);
  EXPECT_EQ(schedule.values()[0], 0.5);
  double value = 0;
  schedule.evaluate(0, std::span(&value, 1));
  EXPECT_EQ(value, 1.0);
}

TEST(RulesState, TheCompiledFunctionGetsTheFactors) {
  Rule rule{Trigger::threshold};
  rule.upwards = true;
  Schedule schedule(ruled_program(rule), [](std::int64_t, double* values, const double* factors) {
    values[0] = 8 * factors[0];
  });
  EXPECT_EQ(schedule.values()[0], 8.0);
  ASSERT_EQ(schedule.observe("loss", 1, 0).fired.size(), 1U);
  EXPECT_EQ(schedule.values()[0], 4.0);
}

}  // namespace
}  // namespace lrc::runtime
