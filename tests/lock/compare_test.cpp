#include "compiler/lock/compare.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "compiler/compile/compile.h"
#include "compiler/lock/assume.h"
#include "runtime/host/evaluate.h"

namespace lrc::lock {
namespace {

ir::Program program(const std::string& items) {
  const auto compilation =
      compile::compile(source::make_source("<text>", "policy p version 1 {\n" + items + "\n}\n"));
  if (!compilation.policy) {
    ADD_FAILURE() << items << ": "
                  << (compilation.issues.empty() ? "" : compilation.issues[0].message);
    return {};
  }
  return compilation.policy->program;
}

Comparison compared(const std::string& before, const std::string& after) {
  return compare(program(before), program(after));
}

bool holds(const std::vector<std::string>& lines, const std::string& line) {
  return std::find(lines.begin(), lines.end(), line) != lines.end();
}

// A warmup of 10 steps is read at the end of each update: 1/10, 2/10, … 1. A linear ramp is read at
// the start: 0, 1/10, … 9/10.
constexpr const char* read_at_end = "run 10 steps peak 1 lr = warmup 10 steps";
constexpr const char* read_at_start = "run 10 steps peak 1 lr = linear from 0 to 1x for 10 steps";

TEST(Compare, GivesTheFirstStepBothValuesAndTheLargestPercentage) {
  const Comparison found = compared(read_at_end, read_at_start);
  ASSERT_EQ(found.changes.size(), 1U);
  const Change& change = found.changes[0];
  EXPECT_EQ(change.output, "lr");
  EXPECT_EQ(change.group, "");
  EXPECT_EQ(change.first.step, 0);
  EXPECT_EQ(change.first.before, 0.1);
  EXPECT_EQ(change.first.after, 0.0);
  // 0.1 → 0 is 100% lower; every later step loses a smaller share.
  ASSERT_TRUE(change.largest);
  EXPECT_EQ(change.largest->step, 0);
  EXPECT_EQ(percent(*change.largest), 100.0);
  EXPECT_FALSE(change.from_zero);
  EXPECT_EQ(found.steps, 10);
  EXPECT_EQ(found.compared, 10);
  EXPECT_TRUE(found.assumed.empty());
  EXPECT_EQ(
      report(found),
      "the first step that differs is step 0: `lr` was 0.1 and is 0; the largest difference is "
      "100% lower at step 0; compared at all 10 steps");
}

TEST(Compare, WhereTheOldValueIsZeroTheDifferenceIsAbsolute) {
  const Comparison found = compared(read_at_start, read_at_end);
  ASSERT_EQ(found.changes.size(), 1U);
  const Change& change = found.changes[0];
  EXPECT_EQ(change.first.step, 0);
  ASSERT_TRUE(change.from_zero);
  EXPECT_EQ(change.from_zero->step, 0);
  EXPECT_EQ(change.from_zero->after, 0.1);
  // Step 1: 0.1 → 0.2 is 100%, step 2: 0.2 → 0.3 is 50%, and so on.
  ASSERT_TRUE(change.largest);
  EXPECT_EQ(change.largest->step, 1);
  EXPECT_EQ(percent(*change.largest), 100.0);
  EXPECT_EQ(
      summary(found),
      "the first step that differs is step 0: `lr` was 0 and is 0.1; the largest difference is "
      "100% higher at step 1; `lr` goes from 0 to 0.1 at step 0");
}

TEST(Compare, FindsADifferenceThatBeginsLater) {
  // Steps 40 to 59 had 0.5 and have 1; all others are equal.
  const Comparison found =
      compared("run 100 steps peak 1 lr = hold 1x for 40 steps then step to 0.5x",
               "run 100 steps peak 1 lr = hold 1x for 60 steps then step to 0.5x");
  ASSERT_EQ(found.changes.size(), 1U);
  EXPECT_EQ(found.changes[0].first.step, 40);
  EXPECT_EQ(found.changes[0].first.before, 0.5);
  EXPECT_EQ(found.changes[0].first.after, 1.0);
  EXPECT_EQ(percent(*found.changes[0].largest), 100.0);
}

TEST(Compare, GoesThroughTheLongerRun) {
  // Before 1 - t/10, then 0; after 1 - t/20. Step 1: 0.9 → 0.95. Step 9: 0.1 → 0.55, 450%.
  // Step 10: 0 → 0.5, the largest of those that come from 0.
  const Comparison found =
      compared("run 10 steps peak 1 lr = linear to 0", "run 20 steps peak 1 lr = linear to 0");
  ASSERT_EQ(found.changes.size(), 1U);
  const Change& change = found.changes[0];
  EXPECT_EQ(found.steps, 20);
  EXPECT_EQ(change.first.step, 1);
  EXPECT_EQ(change.largest->step, 9);
  EXPECT_NEAR(percent(*change.largest), 450, 1e-9);
  EXPECT_EQ(change.from_zero->step, 10);
  EXPECT_EQ(change.from_zero->after, 0.5);
  EXPECT_TRUE(holds(found.notes, "the run was 10 steps and is 20 steps"));
}

TEST(Compare, ComparesEveryGroup) {
  // Outside the group nothing changes; in it 1 * 0.5 became 1 * 0.25.
  const Comparison found =
      compared("run 10 steps peak 1 lr = constant group g matches \"a\" { lr by 0.5 }",
               "run 10 steps peak 1 lr = constant group g matches \"a\" { lr by 0.25 }");
  ASSERT_EQ(found.changes.size(), 1U);
  EXPECT_EQ(found.changes[0].group, "g");
  EXPECT_EQ(found.changes[0].first.step, 0);
  EXPECT_EQ(found.changes[0].first.before, 0.5);
  EXPECT_EQ(found.changes[0].first.after, 0.25);
  EXPECT_EQ(percent(*found.changes[0].largest), 50.0);
}

TEST(Compare, AGroupThatIsNewIsComparedWithTheValuesOutside) {
  const Comparison found =
      compared("run 10 steps peak 1 lr = constant w = 2",
               "run 10 steps peak 1 lr = constant w = 2 group g matches \"a\" { w = 0 }");
  ASSERT_EQ(found.changes.size(), 1U);
  EXPECT_EQ(found.changes[0].output, "w");
  EXPECT_EQ(found.changes[0].group, "g");
  EXPECT_EQ(found.changes[0].first.before, 2.0);
  EXPECT_EQ(found.changes[0].first.after, 0.0);
  EXPECT_TRUE(holds(found.notes, "the group `g` is new"));
}

TEST(Compare, SetsWhatIsLeftOpenAndSaysSo) {
  // One epoch is 100 steps, so 30 epochs end at step 3000, 40 at 4000. In between 0.1 became 1:
  // 900%. Later the two are a factor of 10 or 1 apart.
  const Comparison found =
      compared("lr = step by 0.1 every 30 epochs", "lr = step by 0.1 every 40 epochs");
  ASSERT_EQ(found.changes.size(), 1U);
  EXPECT_EQ(found.steps, assumed_run);
  EXPECT_EQ(found.changes[0].first.step, 3000);
  EXPECT_NEAR(percent(*found.changes[0].largest), 900, 1e-9);
  EXPECT_EQ(found.assumed,
            (std::vector<std::string>{"run 10,000 steps", "peak 1", "1 epoch = 100 steps"}));
  EXPECT_NE(report(found).find("assumed, as it is left open: run 10,000 steps, peak 1, "),
            std::string::npos);
}

TEST(Compare, AssumesOnlyTheRatesThatAreNeeded) {
  const auto words = [](const std::string& items) {
    return assume(program(items), program(items), {}).words;
  };
  using Words = std::vector<std::string>;
  EXPECT_EQ(words("peak 1 lr = warmup 10 samples"), Words{"batch 1 sample"});
  EXPECT_EQ(words("peak 1 lr = warmup 10 tokens"), (Words{"1 sample = 1 token", "batch 1 sample"}));
  EXPECT_EQ(words("peak 1 1 sample = 8 tokens lr = warmup 10 tokens"), Words{"batch 1 sample"});
  EXPECT_EQ(words("peak 1 1 epoch = 50 samples lr = warmup 10 epochs"), Words{"batch 1 sample"});
  EXPECT_EQ(words("peak 1 batch 8 samples per step lr = warmup 10 tokens"),
            Words{"1 sample = 1 token"});
  EXPECT_EQ(words("param f: number = 0.5 in 0 .. 1 peak 1 lr = exponential by f per epoch"),
            (Words{"1 epoch = 100 steps", "parameters at their defaults"}));
  EXPECT_EQ(words("run 5 steps peak 1 lr = linear to 0"), Words{});
}

TEST(Compare, SaysTheRunThatOneSideLeavesOpen) {
  const Comparison found = compared("lr = constant", "run 100 steps lr = constant");
  EXPECT_EQ(found.steps, assumed_run);
  EXPECT_EQ(found.assumed, (std::vector<std::string>{"run 10,000 steps", "peak 1"}));
  EXPECT_TRUE(holds(found.notes, "the run is stated now: 100 steps"));
}

TEST(Compare, AnOpenRunGrowsUntilThePhasesFit) {
  const Comparison found = compared("lr = warmup 20000 steps then cosine to 0",
                                    "lr = warmup 20000 steps then linear to 0");
  EXPECT_TRUE(found.obstacle.empty());
  EXPECT_TRUE(holds(found.assumed, "run 100,000 steps"));
  // At step 20,000 both start from 1x; one step later they part.
  EXPECT_EQ(found.changes.at(0).first.step, 20'001);
}

TEST(Compare, GoesAsFarAsThePhasesOfAPolicyWithoutARun) {
  const Comparison found = compared("lr = hold for 50000 steps then step to 0.5x",
                                    "lr = hold for 50000 steps then step to 0.25x");
  EXPECT_EQ(found.changes.at(0).first.step, 50'000);
}

TEST(Compare, LooksAtEveryStepUpToTheLimitAndSaysWhereItDoesNot) {
  const auto of_run = [](const std::string& steps) {
    return compared("run " + steps + " steps peak 1 lr = constant",
                    "run " + steps + " steps peak 2 lr = constant");
  };
  const Comparison dense = of_run("2000000");
  EXPECT_EQ(dense.compared, maximum_dense_run);
  const Comparison sparse = of_run("2000001");
  EXPECT_EQ(sparse.steps, maximum_dense_run + 1);
  EXPECT_LT(sparse.compared, sparse.steps);
  EXPECT_NE(report(sparse).find(" of 2,000,001 steps: around every boundary"), std::string::npos);
  EXPECT_EQ(percent(*sparse.changes.at(0).largest), 100.0);
}

TEST(Compare, FindsAShiftedBoundaryOfALongRun) {
  const Comparison found =
      compared("run 300M steps peak 1 lr = hold 1x for 12_345_678 steps then step to 0.5x",
               "run 300M steps peak 1 lr = hold 1x for 12_345_688 steps then step to 0.5x");
  EXPECT_EQ(found.changes.at(0).first.step, 12'345'678);
}

TEST(Compare, FindsTheOnsetBetweenTheStepsOfALongRun) {
  // 1 - t/10^7 is below 0.3 from step 7,000,001 on; no phase begins there.
  const Comparison found = compared("run 10M steps peak 1 lr = linear to 0 clamp lr to 0.3x .. 1x",
                                    "run 10M steps peak 1 lr = linear to 0 clamp lr to 0.2x .. 1x");
  EXPECT_EQ(found.changes.at(0).first.step, 7'000'001);
  // 0.3 became 0.2, from step 8,000,000 on.
  EXPECT_NEAR(percent(*found.changes.at(0).largest), 100.0 / 3, 1e-9);
  EXPECT_TRUE(holds(found.notes, "the clamp of `lr` was 0.3x .. 1x and is 0.2x .. 1x"));
}

TEST(Compare, NotesWhatCameAndWent) {
  const Comparison found =
      compared("run 9 steps peak 1 lr = constant old = 1 group a matches \"a\" { lr by 0.5 }",
               "run 9 steps peak 1 lr = constant new = 1 group b matches \"a\" { lr by 0.5 }");
  EXPECT_TRUE(holds(found.notes, "the output `old` is gone"));
  EXPECT_TRUE(holds(found.notes, "the output `new` is new"));
  EXPECT_TRUE(holds(found.notes, "the group `a` is gone"));
  EXPECT_TRUE(holds(found.notes, "the group `b` is new"));
}

TEST(Compare, SaysWhenNoValueDiffers) {
  const Comparison found =
      compared("run 9 steps peak 1 lr = constant group a matches \"x\" { lr by 0.5 }",
               "run 9 steps peak 1 lr = constant group a matches \"x\", \"y\" { lr by 0.5 }");
  EXPECT_TRUE(found.changes.empty());
  EXPECT_EQ(report(found),
            "no value differs at the facts of the comparison; the group `a` matched \"x\" and "
            "matches \"x\", \"y\"; compared at all 9 steps");
}

TEST(Compare, NotesAnotherOrderOfGroups) {
  const Comparison found =
      compared("lr = constant group a matches \"x\" { } group b matches \"y\" { }",
               "lr = constant group b matches \"y\" { } group a matches \"x\" { }");
  EXPECT_TRUE(holds(found.notes, "the groups stand in another order"));
}

TEST(Compare, SaysWhenThereAreNoNumbers) {
  const Comparison found = compare("(lrc0)\n", program("lr = constant"));
  EXPECT_FALSE(found.obstacle.empty());
  EXPECT_EQ(report(found),
            "no numbers can be shown: the locked text is of another version of the canonical form");
}

TEST(Compare, NumbersReadInGroupsOfThree) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1'234'567), "1,234,567");
}

// The run is longer than what is looked at step by step. The two curves part where warmup ends, and
// there rounding hides the difference for a while: a search by halves alone would miss its
// beginning.
TEST(Compare, TheFirstStepIsTheFirstOneInALongRun) {
  const std::string facts =
      "run 300B tokens batch 1 sample per step 1 sample = 1 tokens peak 3e-4 ";
  const ir::Program before = program(facts + "lr = warmup 2000 steps then cosine to 0.1x");
  const ir::Program after = program(facts + "lr = warmup 2000 steps then cosine to 0.2x");
  const bind::Request request{"", 0, "", {"lr"}, {runtime::GroupSet{}}};
  const auto old_side = bind::bind(before, {}, request), new_side = bind::bind(after, {}, request);
  ASSERT_TRUE(old_side && new_side);
  std::int64_t first = 0;
  while (runtime::evaluate(old_side->program, 0, first) ==
         runtime::evaluate(new_side->program, 0, first))
    ++first;
  const Comparison found = compare(before, after);
  ASSERT_EQ(found.changes.size(), 1U);
  EXPECT_LT(found.compared, found.steps);
  EXPECT_GT(first, 2000);
  EXPECT_EQ(found.changes[0].first.step, first);
}

// 375M tokens do not fit 100K updates of one token each.
TEST(Compare, TakesALargerBatchWhereThePhasesDoNotFitASmallOne) {
  const Comparison found = compared("run 100K steps lr = warmup 375M tokens then cosine to 0.1x",
                                    "run 100K steps lr = warmup 375M tokens then cosine to 0.2x");
  EXPECT_EQ(found.obstacle, "");
  EXPECT_EQ(found.assumed,
            (std::vector<std::string>{"peak 1", "1 sample = 1 token", "batch 1000000 samples"}));
  EXPECT_EQ(found.changes.at(0).first.step, 376);  // warmup ends at 375, where both are 1
}

TEST(Compare, AnOpenParameterIsSetAndSaid) {
  const Comparison found = compared("run 10 steps peak 1 param f: x in 0.1x .. 0.5x lr = hold f",
                                    "run 10 steps peak 1 param f: x in 0.2x .. 0.5x lr = hold f");
  EXPECT_TRUE(found.changes.empty()) << "the same choice gives the same values";
  EXPECT_EQ(found.assumed, (std::vector<std::string>{"f = 0.2x"}));
  EXPECT_TRUE(
      holds(found.notes, "the parameter `f` was x in 0.1x .. 0.5x and is x in 0.2x .. 0.5x"));
}

TEST(Compare, WhatStandsInTheWayNamesWhatWasAssumed) {
  const Comparison found = compared("run 10 steps lr = hold for 20 epochs then linear to 0",
                                    "run 10 steps lr = hold for 30 epochs then linear to 0");
  EXPECT_NE(found.obstacle, "");
  EXPECT_NE(report(found).find("assumed, as it is left open: peak 1, 1 epoch = 100 steps"),
            std::string::npos)
      << report(found);
}

// Rules are at rest in the numbers; what changed of them is said.
TEST(Compare, SaysWhichRulesChanged) {
  const std::string items = "run 10 steps peak 1 lr = constant ";
  const std::string rule = "on nonfinite loss { lr by 0.5 for 10 steps }";
  const Comparison found =
      compared(items + rule, items + "on nonfinite loss { lr by 0.25 for 10 steps } " + rule);
  EXPECT_TRUE(found.changes.empty());
  EXPECT_TRUE(holds(found.notes,
                    "rule 1 was on nonfinite loss { lr by 0.5 for 10 steps } and is on nonfinite "
                    "loss { lr by 0.25 for 10 steps }"));
  EXPECT_TRUE(
      holds(found.notes, "rule 2 is stated now: on nonfinite loss { lr by 0.5 for 10 steps }"));
}

}  // namespace
}  // namespace lrc::lock
