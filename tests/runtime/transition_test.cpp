// Going on by a word: what is in force, what the values are, and that a run in the middle of a
// transition goes on to the last bit.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "runtime/host/schedule.h"
#include "tests/runtime/ruled_program.h"
#include "tests/runtime/small_program.h"

namespace lrc::runtime {
namespace {

using Kind = Word::Kind;

// Another policy than small_program's, of the same outputs and groups: twice the peak.
Program other_program(double peak = 6e-4) {
  Program program = small_program(peak);
  program.identity = {"other", 1, "lrc1:aaaaaaaaaaaaaaaaaaaa", "lrc1:bbbbbbbbbbbbbbbbbbbb",
                      "run 9 steps"};
  return program;
}

std::vector<double> values_of(Schedule& schedule) {
  const auto values = schedule.values();
  return {values.begin(), values.end()};
}

Schedule at(Program program, std::int64_t step) {
  Schedule schedule(std::move(program));
  while (schedule.step() < step) schedule.advance();
  return schedule;
}

// The report of going on with `schedule` by a word.
std::string go_on(Schedule& schedule, const State& state, const Word& word) {
  const auto report = schedule.resume(state, word);
  EXPECT_TRUE(report.has_value()) << report.error();
  return report.value_or("");
}

std::string refusal_of(Schedule& schedule, const State& state, const Word& word) {
  const auto before = save_state(schedule.state());
  const auto report = schedule.resume(state, word);
  EXPECT_FALSE(report.has_value());
  EXPECT_EQ(save_state(schedule.state()), before) << "a refusal must change nothing";
  return report ? "" : report.error();
}

// What goes on without words ever after: the same bits.
void expect_same_bits_from_here(Schedule& one, Schedule& two, int updates) {
  for (int k = 0; k < updates; ++k, one.advance(), two.advance()) {
    const auto a = values_of(one), b = values_of(two);
    ASSERT_EQ(a.size(), b.size());
    ASSERT_EQ(std::memcmp(a.data(), b.data(), a.size() * sizeof(double)), 0) << one.step();
    ASSERT_EQ(save_state(one.state()), save_state(two.state())) << one.step();
  }
}

TEST(Rebind, TheNewPolicyIsInForceAtOnce) {
  const State state = at(small_program(), 10).state();
  Schedule schedule(other_program());
  const std::string report = go_on(schedule, state, {Kind::rebind});
  EXPECT_EQ(report,
            "rebind:\n"
            "  then: policy small version 2, lrc1:0123456789ab, after 10 updates\n"
            "  now:  policy other version 1, lrc1:aaaaaaaaaaaa\n"
            "The facts of the run differ:\n"
            "  then: run 8 steps\n"
            "  now:  run 9 steps\n"
            "  then: peak 0x1.3a92a30553261p-12\n"
            "  now:  (not stated)\n"
            "What the coming update uses, 10:\n"
            "  lr: then 0.0003, now 0.0006\n"
            "  lr in norms: then 0.00015, now 0.0003\n"
            "  2 values stay\n");
  EXPECT_EQ(schedule.step(), 10);
  EXPECT_EQ(values_of(schedule), (std::vector<double>{6e-4, 0.1, 3e-4, 0.0}));
  EXPECT_EQ(schedule.history().words,
            (std::vector<GivenWord>{{"rebind", 10, "lrc1:0123456789abcdef0123",
                                     "lrc1:fedcba9876543210fedc", "lrc1:aaaaaaaaaaaaaaaaaaaa",
                                     "lrc1:bbbbbbbbbbbbbbbbbbbb"}}));
}

// 1/4, 2/4, 3/4 of the new lr, then all of it: lr is read at the update's end.
TEST(Rewarm, LrRisesFromZeroOnALine) {
  const State state = at(small_program(), 10).state();
  Schedule schedule(other_program(8.0));
  go_on(schedule, state, {Kind::rewarm, 4});
  for (const double lr : {2.0, 4.0, 6.0, 8.0, 8.0}) {
    EXPECT_EQ(values_of(schedule), (std::vector<double>{lr, 0.1, lr / 2, 0.0}));
    schedule.advance();
  }
}

TEST(Rewarm, NeedsAnLr) {
  Program program = other_program();
  program.outputs = {"rate", "weight_decay"};
  Schedule schedule(std::move(program));
  EXPECT_NE(refusal_of(schedule, at(small_program(), 10).state(), {Kind::rewarm, 4})
                .find("needs the output lr"),
            std::string::npos);
}

// S + (B - S)*w with S = 1 and B = 9, w = 1/4, ...: whole numbers, whatever the arithmetic.
TEST(Blend, EveryValueGoesOnALineToTheNewOne) {
  const State state = at(small_program(1.0), 10).state();
  Schedule schedule(other_program(9.0));
  go_on(schedule, state, {Kind::blend, 4});
  for (const double lr : {3.0, 5.0, 7.0, 9.0, 9.0}) {
    EXPECT_EQ(values_of(schedule), (std::vector<double>{lr, 0.1, lr / 2, 0.0}));
    schedule.advance();
  }
  EXPECT_EQ(schedule.state().transition, SavedTransition{});
}

TEST(Blend, OverOneStepIsAtOnce) {
  const State state = at(small_program(1.0), 10).state();
  Schedule schedule(other_program(9.0));
  go_on(schedule, state, {Kind::blend, 1});
  EXPECT_EQ(values_of(schedule)[0], 9.0);
  EXPECT_EQ(schedule.state().transition, SavedTransition{});
}

// The formula in the order that the language gives, each operation rounded; and never outside.
TEST(Blend, HasTheBitsOfTheFormula) {
  const double s = 3e-4, b = 7.1e-5;
  for (const std::int64_t updates : {2, 3, 7, 500, 9'999}) {
    Schedule schedule(other_program(b));
    go_on(schedule, at(small_program(s), 10).state(), {Kind::blend, updates});
    for (std::int64_t k = 0; k < updates; ++k, schedule.advance()) {
      const volatile double share = static_cast<double>(k + 1) / static_cast<double>(updates);
      const volatile double difference = b - s;
      const volatile double part = difference * share;
      const double expected = k + 1 == updates ? b : std::max(b, std::min(s, s + part));
      ASSERT_EQ(schedule.values()[0], expected) << k << " of " << updates;
    }
  }
}

TEST(Blend, ASecondWordBeginsWhereTheFirstTransitionStood) {
  Schedule first(other_program(9.0));
  go_on(first, at(small_program(1.0), 10).state(), {Kind::blend, 4});
  first.advance();  // update 11 would use 5
  Schedule second(small_program(1.0));
  go_on(second, first.state(), {Kind::blend, 2});
  EXPECT_EQ(second.values()[0], 3.0);
  second.advance();
  EXPECT_EQ(second.values()[0], 1.0);
  EXPECT_EQ(second.history().words.size(), 2U);
}

TEST(Blend, WhatHasNoPartnerTakesItsValueAtOnceAndTheReportSaysSo) {
  State state = at(small_program(1.0), 10).state();
  state.values[1].output = "momentum";
  state.values[2].value = std::numeric_limits<double>::quiet_NaN();
  Schedule schedule(other_program(9.0));
  const std::string report = go_on(schedule, state, {Kind::blend, 4});
  EXPECT_NE(report.find("weight_decay takes its value at once: it was not there before.\n"),
            std::string::npos);
  EXPECT_NE(report.find("lr in norms takes its value at once: it was not finite before.\n"),
            std::string::npos);
  EXPECT_NE(report.find("  momentum: then 0.1, now (there is none)\n"), std::string::npos)
      << report;
  EXPECT_EQ(values_of(schedule), (std::vector<double>{3.0, 0.1, 4.5, 0.0}));
}

TEST(Blend, FrozenParametersStayAtZero) {
  Program frozen = other_program(0.0);
  frozen.frozen_until = {0, 20};
  Schedule schedule(std::move(frozen));
  const std::string report = go_on(schedule, at(small_program(1.0), 10).state(), {Kind::blend, 4});
  EXPECT_NE(report.find("lr in norms takes its value at once: its parameters are frozen.\n"),
            std::string::npos);
  EXPECT_EQ(values_of(schedule), (std::vector<double>{0.75, 0.1, 0.0, 0.0}));
}

TEST(Rewind, TheClockGoesBack) {
  const State state = at(small_program(4.0), 10).state();
  Schedule schedule(small_program(4.0));
  const std::string report = go_on(schedule, state, {Kind::rewind, 1});
  EXPECT_NE(report.find("What the coming update uses, which was 10 and is 1 now:\n"
                        "  lr: then 4, now 2\n"),
            std::string::npos)
      << report;
  EXPECT_EQ(schedule.step(), 1);
  EXPECT_EQ(schedule.values()[0], 2.0);
  EXPECT_EQ(schedule.history().words[0].step, 10);
}

TEST(Rewind, NeverForward) {
  Schedule schedule(small_program());
  EXPECT_NE(refusal_of(schedule, at(small_program(), 10).state(), {Kind::rewind, 11})
                .find("leads forward: the saved state stands at update 10"),
            std::string::npos);
  go_on(schedule, at(small_program(), 10).state(), {Kind::rewind, 10});
  EXPECT_EQ(schedule.step(), 10);
}

TEST(Rewind, GoesBackInATransitionAndBeforeIt) {
  Schedule first(other_program(9.0));
  go_on(first, at(small_program(1.0), 10).state(), {Kind::blend, 4});
  first.advance();
  first.advance();
  Schedule inside(other_program(9.0));
  go_on(inside, first.state(), {Kind::rewind, 11});
  EXPECT_EQ(inside.values()[0], 5.0);
  Schedule before(other_program(9.0));
  EXPECT_NE(go_on(before, first.state(), {Kind::rewind, 9})
                .find("transition of the saved state is left out"),
            std::string::npos);
  EXPECT_EQ(before.values()[0], 9.0);
}

// A spike's window of 5 updates, and a cut for good.
Program spiked_program() {
  Rule spike{Rule::Trigger::spike};
  spike.level = 2;
  spike.count = 5;
  Program program = ruled_program(spike);
  program.identity = {"spiked", 1, "lrc1:11", "lrc1:22", ""};
  return program;
}

TEST(Rewind, RulesKeepWhatTheyDidAndForgetWhatTheySawLater) {
  Schedule schedule(spiked_program());
  for (int update = 0; update < 8; ++update, schedule.advance())
    (void)schedule.observe("loss", update == 6 ? 100.0 : 1.0, update);
  const State state = schedule.state();
  ASSERT_EQ(state.rules.rules[0].last_firing, 6);
  ASSERT_EQ(schedule.values()[0], 0.5);
  Schedule rewound(spiked_program());
  go_on(rewound, state, {Kind::rewind, 5});
  EXPECT_EQ(rewound.values()[0], 0.5) << "the cut stays";
  const RuleState rule = rewound.position().rules.rules[0];
  EXPECT_EQ(rule.last_firing, 6);
  ASSERT_GT(rule.held, 0U);
  for (std::size_t k = 0; k < rule.held; ++k)
    EXPECT_LE(rule.ring[(rule.oldest + k) % rule.ring.size()].updates, 5);
  EXPECT_EQ(rewound.observe("loss", 1.0, 5).outcome, Observation::Outcome::accepted)
      << "evaluations of the way that is gone again are taken";
}

TEST(Keep, OfTheSameProgramGoesOn) {
  Schedule schedule(small_program());
  const State state = at(small_program(), 10).state();
  EXPECT_EQ(go_on(schedule, state, {Kind::keep}),
            "keep: the saved policy and facts are those in force.\n");
  EXPECT_EQ(schedule.step(), 10);
  EXPECT_EQ(schedule.history().words.size(), 1U);
}

TEST(Keep, GoesOnWithTheSavedProgramAndLeavesTheNewOneAside) {
  State state = at(small_program(), 10).state();
  state.canonical = "its text";
  Schedule schedule(other_program());
  EXPECT_NE(refusal_of(schedule, state, {Kind::keep}).find("belongs to another policy"),
            std::string::npos)
      << "this program is not the saved one";
  EXPECT_FALSE(schedule.keep(other_program(), nullptr, state).has_value());
  const auto report = schedule.keep(small_program(), nullptr, state);
  ASSERT_TRUE(report.has_value()) << report.error();
  EXPECT_EQ(*report,
            "keep: the saved policy and facts are those in force.\n"
            "  in force:   policy small version 2, lrc1:0123456789ab\n"
            "  left aside: policy other version 1, lrc1:aaaaaaaaaaaa\n");
  EXPECT_EQ(schedule.program().identity, small_program().identity);
  EXPECT_EQ(schedule.state().canonical, "its text");
  EXPECT_EQ(schedule.values()[0], 3e-4);
}

TEST(Words, RulesGoAlongWhereTheirLayoutsAgree) {
  Schedule schedule(spiked_program());
  for (int update = 0; update < 8; ++update, schedule.advance())
    (void)schedule.observe("loss", update == 6 ? 100.0 : 1.0, update);
  const State state = schedule.state();
  Program other = spiked_program();
  other.identity.hash = other.identity.run_hash = "lrc1:33";
  Schedule carried(std::move(other));
  EXPECT_NE(
      go_on(carried, state, {Kind::rebind}).find("The rules go on from what they have seen.\n"),
      std::string::npos);
  EXPECT_EQ(carried.values()[0], 0.5);
  Program longer = spiked_program();
  longer.identity.hash = longer.identity.run_hash = "lrc1:44";
  longer.rules[0].count = 6;
  Schedule rested(std::move(longer));
  EXPECT_NE(go_on(rested, state, {Kind::rebind}).find("they start at rest.\n"), std::string::npos);
  EXPECT_EQ(rested.values()[0], 1.0);
}

TEST(Words, WithoutOneATransitionGoesOnAndTheHistoryStays) {
  for (const Word& word : {Word{Kind::rewarm, 7}, Word{Kind::blend, 7}}) {
    for (int updates = 0; updates < 10; ++updates) {
      Schedule first(other_program());
      go_on(first, at(small_program(), 3).state(), word);
      for (int k = 0; k < updates; ++k) first.advance();
      const auto state = load_state(save_state(first.state()));
      ASSERT_TRUE(state.has_value()) << state.error();
      Schedule second(other_program());
      ASSERT_EQ(second.resume(*state), (tl::expected<std::string, std::string>("")));
      expect_same_bits_from_here(first, second, 20);
    }
  }
}

TEST(Words, EvaluatingElsewhereIsWithoutATransition) {
  Schedule schedule(other_program(8.0));
  go_on(schedule, at(small_program(), 10).state(), {Kind::rewarm, 4});
  std::vector<double> values(4);
  schedule.evaluate(10, values);
  EXPECT_EQ(values[0], 8.0);
}

TEST(Words, ATransitionThatCannotBeIsRefused) {
  Schedule first(other_program(8.0));
  go_on(first, at(small_program(), 10).state(), {Kind::rewarm, 4});
  const State fine = first.state();
  const auto refused = [&](auto spoil) {
    State state = fine;
    spoil(state.transition);
    Schedule schedule(other_program(8.0));
    const auto resumed = schedule.resume(state);
    return !resumed && resumed.error().find("does not fit the outputs") != std::string::npos;
  };
  EXPECT_TRUE(refused([](SavedTransition& t) { t.begin = 11; }));
  EXPECT_TRUE(refused([](SavedTransition& t) { t.begin = -1; }));
  EXPECT_TRUE(refused([](SavedTransition& t) { t.updates = 0; }));
  EXPECT_TRUE(refused([](SavedTransition& t) { t.updates = -5; }));
  EXPECT_TRUE(refused([](SavedTransition& t) { t.begin = 0; }));
  EXPECT_TRUE(refused([](SavedTransition& t) { t.from[0].output = "rate"; }));
  EXPECT_TRUE(refused(
      [](SavedTransition& t) { t.from[0].value = std::numeric_limits<double>::infinity(); }));
}

TEST(Words, AReportShowsValuesThatDifferInTheirLastBit) {
  State state = at(small_program(), 10).state();
  state.values[0].value = std::nextafter(3e-4, 1.0);
  Schedule schedule(small_program());
  EXPECT_NE(go_on(schedule, state, {Kind::rebind})
                .find("  lr: then 0.00030000000000000003, now 0.00029999999999999997\n"),
            std::string::npos);
}

TEST(Words, AReportListsSoManyValuesAndCountsTheOthers) {
  for (const std::size_t changing : {20U, 21U}) {
    State state = at(small_program(), 10).state();
    for (std::size_t k = 0; k < changing; ++k)
      state.values.push_back({"gone", std::to_string(k), 1.0});
    Schedule schedule(small_program());
    const std::string report = go_on(schedule, state, {Kind::rebind});
    EXPECT_NE(report.find("gone in 19:"), std::string::npos);
    EXPECT_EQ(report.find("gone in 20:"), std::string::npos);
    EXPECT_EQ(report.find("  and 1 more that change\n") != std::string::npos, changing == 21);
  }
}

}  // namespace
}  // namespace lrc::runtime
