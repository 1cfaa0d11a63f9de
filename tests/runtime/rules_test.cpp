// The rules at work, sentence by sentence of what they promise.

#include "runtime/host/rules.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "tests/runtime/ruled_program.h"

namespace lrc::runtime {
namespace {

using Outcome = Observation::Outcome;
using Trigger = Rule::Trigger;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

// One program and its state, fed one observation an update unless said otherwise.
struct Machine {
  explicit Machine(Program ruled) : program(std::move(ruled)), state(rules_at_rest(program)) {}

  Observation see(double value, std::int64_t evaluation, std::int64_t complete,
                  std::string_view metric = "loss") {
    return observe(program, state, metric, value, evaluation, complete);
  }
  // Whether rule 0 fires on the next observation.
  bool fires(double value) {
    ++updates;
    return !see(value, updates, updates).fired.empty();
  }
  // At which of the observations, counted from 1, rule 0 fires.
  std::vector<int> firings(const std::vector<double>& values) {
    std::vector<int> at;
    for (std::size_t k = 0; k < values.size(); ++k) {
      if (fires(values[k])) at.push_back(static_cast<int>(k) + 1);
    }
    return at;
  }
  double factor(std::int64_t update) {
    std::vector<double> factors(program.reactions.size());
    factors_at(program, state, update, factors);
    return factors.at(0);
  }

  Program program;
  RulesState state;
  std::int64_t updates = 0;
};

Rule plateau(std::int64_t count, double threshold = 0) {
  Rule rule{Trigger::plateau};
  rule.count = count;
  rule.level = threshold;
  return rule;
}

Rule spike(double times, std::int64_t window) {
  Rule rule{Trigger::spike};
  rule.level = times;
  rule.count = window;
  return rule;
}

Rule threshold(double level, bool above) {
  Rule rule{Trigger::threshold};
  rule.level = level;
  rule.upwards = above;
  return rule;
}

using Firings = std::vector<int>;

TEST(Plateau, TheNthEvaluationInARowThatIsNotBetterFires) {
  Machine machine(ruled_program(plateau(3)));
  EXPECT_EQ(machine.firings({5, 5, 5, 5, 5, 5, 5}), (Firings{4, 7}));
}

TEST(Plateau, OneThatIsBetterBeginsTheCountAgain) {
  Machine machine(ruled_program(plateau(3)));
  EXPECT_EQ(machine.firings({5, 6, 6, 4, 5, 5, 5}), (Firings{7}));
}

TEST(Plateau, BetterMeansStrictlyBetterByMoreThanTheThreshold) {
  Machine ties(ruled_program(plateau(1, 0.125)));
  EXPECT_EQ(ties.firings({4, 3.875, std::nextafter(3.875, 0)}), (Firings{2}));
  Rule rising = plateau(1, 0.125);
  rising.upwards = true;
  Machine up(ruled_program(rising));
  EXPECT_EQ(up.firings({4, 4.125, std::nextafter(4.125, 5)}), (Firings{2}));
}

TEST(Plateau, ARelativeThresholdIsAShareOfTheBestsSize) {
  Rule rule = plateau(1, 0.25);
  rule.relative = true;
  Machine falling(ruled_program(rule));
  EXPECT_EQ(falling.firings({8, 6, 5.9}), (Firings{2}));
  // A metric below zero that gets worse is never better.
  Machine negative(ruled_program(rule));
  EXPECT_EQ(negative.firings({-1, -0.9, -0.8, -1.25, -1.26}), (Firings{2, 3, 4}));
  rule.upwards = true;
  Machine rising(ruled_program(rule));
  EXPECT_EQ(rising.firings({-8, -6, -5.9}), (Firings{2}));
}

TEST(Plateau, TheFirstEvaluationIsBetterThanNothing) {
  Machine machine(ruled_program(plateau(1)));
  EXPECT_FALSE(machine.fires(std::numeric_limits<double>::max()));
  EXPECT_TRUE(machine.fires(std::numeric_limits<double>::max()));
}

TEST(Plateau, InTheCooldownNothingIsCountedButTheBestIsKept) {
  Rule rule = plateau(1);
  rule.cooldown = 2;
  Machine machine(ruled_program(rule));
  EXPECT_EQ(machine.firings({5, 5, 5, 5, 5, 5, 5, 5}), (Firings{2, 5, 8}));
  Machine better(ruled_program(rule));
  EXPECT_EQ(better.firings({5, 5, 3, 4, 4}), (Firings{2, 5}));
}

TEST(Plateau, WhatIsNotFiniteCountsOnlyWhereTheRuleSaysSo) {
  Machine machine(ruled_program(plateau(2)));
  EXPECT_EQ(machine.firings({5, nan, infinity, -infinity, nan, 5, 5}), (Firings{7}));
  Rule rule = plateau(2);
  rule.counting = true;
  Machine counting(ruled_program(rule));
  EXPECT_EQ(counting.firings({5, nan, infinity, 4, nan, nan}), (Firings{3, 6}));
  // The best there is: nothing betters it.
  Machine endless(ruled_program(rule));
  EXPECT_EQ(endless.firings({5, -infinity, -infinity, 1}), (Firings{4}));
  Machine first(ruled_program(rule));
  EXPECT_EQ(first.firings({nan, infinity, 5, 6, 6}), (Firings{2, 5}));
}

TEST(Rules, ObservationsBeforeAPositionAreIgnored) {
  Rule rule = plateau(1);
  rule.after = 3;
  Machine machine(ruled_program(rule));
  EXPECT_EQ(machine.firings({5, 6, 7, 7}), (Firings{4}));
}

TEST(Spike, IsJudgedAgainstTheWindowBeforeIt) {
  Machine machine(ruled_program(spike(4, 3)));
  EXPECT_EQ(machine.firings({1, 1, 1, 4, 9}), (Firings{5}));  // means 1 and 2; 4 is not above 4
  Machine own(ruled_program(spike(2, 2)));
  EXPECT_EQ(own.firings({1, 1, 5, 5, 5}), (Firings{3}));  // 5 > 2, but not > 6 and 10
}

TEST(Spike, NeedsAWholeWindow) {
  Machine machine(ruled_program(spike(2, 3)));
  EXPECT_EQ(machine.firings({1, 100, 1000, 1e4, 1e5}), (Firings{4, 5}));
}

TEST(Spike, TheWindowCountsUpdates) {
  Machine machine(ruled_program(spike(2, 100)));
  EXPECT_TRUE(machine.see(1, 1, 0).fired.empty());
  EXPECT_TRUE(machine.see(1, 2, 99).fired.empty());
  EXPECT_EQ(machine.see(3, 3, 100).fired.size(), 1U);   // of both
  EXPECT_TRUE(machine.see(4, 4, 199).fired.empty());    // of 1 and 3, no longer of the first
  EXPECT_TRUE(machine.see(1e9, 5, 500).fired.empty());  // an empty one
}

TEST(Spike, AMeanBelowZeroHasNoMultiple) {
  Machine machine(ruled_program(spike(2, 1)));
  EXPECT_EQ(machine.firings({-1, -1, 5, -1, -3}), (Firings{}));
}

TEST(Spike, IgnoresWhatIsNotFinite) {
  Machine machine(ruled_program(spike(2, 2)));
  EXPECT_EQ(machine.firings({1, nan, infinity, 1, 1, 3}), (Firings{6}));
}

TEST(Threshold, FiresOnEveryObservationBeyondIt) {
  Machine above(ruled_program(threshold(10, true)));
  EXPECT_EQ(above.firings({10, 11, 12, 9, infinity}), (Firings{2, 3}));
  Machine below(ruled_program(threshold(-1, false)));
  EXPECT_EQ(below.firings({-1, -1.5, -infinity}), (Firings{2}));
  Rule rule = threshold(10, true);
  rule.cooldown = 2;
  Machine resting(ruled_program(rule));
  EXPECT_EQ(resting.firings({11, 11, 11, 11}), (Firings{1, 4}));
}

TEST(Nonfinite, FiresOnEachOfItsMetrics) {
  Rule rule{Trigger::nonfinite};
  rule.metrics = {0, 1};
  Machine machine(ruled_program(rule));
  EXPECT_EQ(machine.see(nan, 1, 1, "loss").fired.size(), 1U);
  EXPECT_EQ(machine.see(infinity, 1, 1, "accuracy").fired.size(), 1U);
  EXPECT_EQ(machine.see(-infinity, 2, 2, "loss").fired.size(), 1U);
  EXPECT_TRUE(machine.see(1, 3, 3, "loss").fired.empty());
}

TEST(Evaluations, TheSameOneWithTheSameBitsCountsOnce) {
  Machine machine(ruled_program(plateau(1)));
  EXPECT_EQ(machine.see(5, 1, 10).outcome, Outcome::accepted);
  for (int process = 1; process < 8; ++process)
    EXPECT_EQ(machine.see(5, 1, 10).outcome, Outcome::duplicate);
  EXPECT_EQ(machine.see(5, 2, 20).fired.size(), 1U);
  EXPECT_TRUE(machine.see(5, 2, 20).fired.empty());
  EXPECT_EQ(machine.state.reactions[0].firings, 1);
}

TEST(Evaluations, WithOtherBitsItIsAnErrorThatChangesNothing) {
  Machine machine(ruled_program(plateau(1)));
  EXPECT_EQ(machine.see(0.0, 1, 10).outcome, Outcome::accepted);
  EXPECT_EQ(machine.see(-0.0, 1, 10).outcome, Outcome::conflicting);
  EXPECT_EQ(machine.see(nan, 1, 10).outcome, Outcome::conflicting);
  EXPECT_EQ(machine.see(0.0, 1, 10).outcome, Outcome::duplicate);
}

TEST(Evaluations, AnOlderOneIsDropped) {
  Machine machine(ruled_program(plateau(1)));
  EXPECT_EQ(machine.see(5, 7, 10).outcome, Outcome::accepted);
  EXPECT_EQ(machine.see(6, 6, 11).outcome, Outcome::older);
  EXPECT_EQ(machine.state.rules[0].in_a_row, 0);
  EXPECT_EQ(machine.see(6, 6, 11, "accuracy").outcome, Outcome::accepted) << "each metric its own";
}

TEST(Evaluations, WhatIsNotFiniteIsReportedOnce) {
  Machine machine(ruled_program(plateau(1)));
  EXPECT_EQ(machine.see(nan, 1, 1).outcome, Outcome::not_finite);
  EXPECT_EQ(machine.see(-nan, 1, 1).outcome, Outcome::duplicate) << "all NaNs are one value";
  EXPECT_EQ(machine.state.rules[0].best, infinity);
}

TEST(Evaluations, AMetricThatNoRuleObservesIsSaidToBe) {
  Machine machine(ruled_program(plateau(1)));
  EXPECT_EQ(machine.see(1, 1, 1, "los").outcome, Outcome::unknown);
}

TEST(Reactions, AFiringActsFirstOnTheUpdateThatIsNext) {
  Reaction reaction{{}, 0.5};
  reaction.updates = 10;
  Machine machine(ruled_program(threshold(0, true), reaction));
  ASSERT_EQ(machine.see(1, 1, 100).fired.size(), 1U);
  EXPECT_EQ(machine.factor(100), 0.5);
  EXPECT_EQ(machine.factor(109), 0.5);
  EXPECT_EQ(machine.factor(110), 1.0);
}

TEST(Reactions, WithADurationOneFiringIsInEffectAndFiringAgainRestartsIt) {
  Reaction reaction{{}, 0.5};
  reaction.updates = 10;
  Machine machine(ruled_program(threshold(0, true), reaction));
  ASSERT_EQ(machine.see(1, 1, 100).fired.size(), 1U);
  ASSERT_EQ(machine.see(1, 2, 105).fired.size(), 1U);
  EXPECT_EQ(machine.factor(114), 0.5);
  EXPECT_EQ(machine.factor(115), 1.0);
  ASSERT_EQ(machine.see(1, 3, maximum_step - 1).fired.size(), 1U);
  EXPECT_EQ(machine.factor(maximum_step - 1), 0.5);
}

TEST(Reactions, WithoutOneEachFiringMultiplies) {
  Machine machine(ruled_program(threshold(0, true), {{}, 0.5}));
  for (int k = 0; k < 3; ++k) ASSERT_TRUE(machine.fires(1));
  EXPECT_EQ(machine.factor(3), 0.125);
  EXPECT_EQ(machine.factor(maximum_step), 0.125);
}

TEST(Reactions, AtMostNTimes) {
  Reaction reaction{{}, 0.5};
  reaction.most = 2;
  Machine machine(ruled_program(threshold(0, true), reaction));
  for (int k = 0; k < 5; ++k) ASSERT_TRUE(machine.fires(1));
  EXPECT_EQ(machine.factor(5), 0.25);
}

TEST(Reactions, OneThatChangesTooLittleDoesNothingButTheCountersBeginAgain) {
  Rule rule = plateau(2);
  rule.cooldown = 1;
  Reaction reaction{{}, 0.5};
  reaction.ignored = 0.25;  // the output is 1 everywhere
  Machine machine(ruled_program(rule, reaction));
  EXPECT_EQ(machine.firings({5, 5, 5, 5, 5, 5, 5, 5, 5}), (Firings{3, 6, 9}));
  EXPECT_EQ(machine.factor(9), 0.5) << "1 to 0.5 is more than 0.25, 0.5 to 0.25 is not";
  EXPECT_EQ(machine.state.reactions[0].firings, 1);
}

TEST(Reactions, NoFactorLeavesTheNumbers) {
  Reaction growing{{}, 1e300};
  growing.most = 1000;
  Machine machine(ruled_program(threshold(0, true), growing));
  for (int k = 0; k < 1000; ++k) ASSERT_TRUE(machine.fires(1));
  EXPECT_EQ(machine.factor(0), std::numeric_limits<double>::max());
  Machine shrinking(ruled_program(threshold(0, true), {{}, 1e-300}));
  for (int k = 0; k < 1000; ++k) ASSERT_TRUE(shrinking.fires(1));
  EXPECT_EQ(shrinking.factor(0), 0.0);
}

TEST(Reactions, TheirFactorsHaveBounds) {
  const auto bounds = [](double by, std::int64_t updates, std::int64_t most) {
    const FactorBounds found = factor_bounds({{}, by, updates, most});
    return std::pair(found.low, found.high);
  };
  constexpr double largest = std::numeric_limits<double>::max();
  EXPECT_EQ(bounds(0.5, 10, maximum_step), std::pair(0.5, 1.0));
  EXPECT_EQ(bounds(0.5, 0, maximum_step), std::pair(0.0, 1.0));
  EXPECT_EQ(bounds(0.5, 0, 3), std::pair(0.125, 1.0));
  EXPECT_EQ(bounds(2, 0, 3), std::pair(1.0, 8.0));
  EXPECT_EQ(bounds(2, 0, 5000), std::pair(1.0, largest));
  EXPECT_EQ(bounds(1, 0, maximum_step), std::pair(1.0, 1.0));
}

}  // namespace
}  // namespace lrc::runtime
