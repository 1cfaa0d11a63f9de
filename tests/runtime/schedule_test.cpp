// The clock, the values, and what a schedule refuses to resume from.

#include "runtime/host/schedule.h"

#include <gtest/gtest.h>

#include <barrier>
#include <bit>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "tests/runtime/small_program.h"

namespace lrc::runtime {
namespace {

std::vector<double> values_of(Schedule& schedule) {
  const auto values = schedule.values();
  return {values.begin(), values.end()};
}

std::string refusal_of(Schedule& schedule, const State& state) {
  const std::int64_t before = schedule.step();
  const auto resumed = schedule.resume(state);
  EXPECT_FALSE(resumed.has_value());
  EXPECT_EQ(schedule.step(), before) << "a refused resume must change nothing";
  return resumed ? "" : resumed.error();
}

TEST(Schedule, GivesTheValuesOfTheComingUpdate) {
  Schedule schedule(small_program(4.0));
  EXPECT_EQ(values_of(schedule), (std::vector<double>{1.0, 0.1, 0.5, 0.0}));
  EXPECT_EQ(values_of(schedule), (std::vector<double>{1.0, 0.1, 0.5, 0.0}))
      << "asking moves nothing";
  schedule.advance();
  EXPECT_EQ(values_of(schedule), (std::vector<double>{2.0, 0.1, 1.0, 0.0}));
  for (int i = 0; i < 10; ++i) schedule.advance();
  EXPECT_EQ(schedule.step(), 11);
  EXPECT_EQ(values_of(schedule), (std::vector<double>{4.0, 0.1, 2.0, 0.0}));
}

TEST(Schedule, UsesTheCompiledFunctionWhereThereIsOne) {
  const CompiledFunction compiled = [](std::int64_t step, double* values, const double*) {
    for (int slot = 0; slot < 4; ++slot) values[slot] = static_cast<double>(10 * step + slot);
  };
  Schedule schedule(small_program(), compiled);
  schedule.advance();
  EXPECT_EQ(values_of(schedule), (std::vector<double>{10.0, 11.0, 12.0, 13.0}));
}

Program long_program(std::int64_t warmup) {
  Program program = small_program(3.0);
  program.integers.back() = warmup;
  program.thresholds = {warmup};
  return program;
}

// The bits of every value of the first `steps` updates.
std::vector<std::uint64_t> bits_of(const Schedule& schedule, std::int64_t steps) {
  std::vector<std::uint64_t> bits;
  std::vector<double> values(schedule.program().slots.size());
  for (std::int64_t step = 0; step < steps; ++step) {
    schedule.evaluate(step, values);
    for (const double value : values) bits.push_back(std::bit_cast<std::uint64_t>(value));
  }
  return bits;
}

// What `readers` threads read from one schedule, all of them at once.
std::vector<std::vector<std::uint64_t>> read_at_once(const Schedule& schedule, std::int64_t steps,
                                                     std::size_t readers) {
  std::vector<std::vector<std::uint64_t>> read(readers);
  std::barrier begin(static_cast<std::ptrdiff_t>(readers));
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < readers; ++i) {
    threads.emplace_back([&, i] {
      begin.arrive_and_wait();  // starting a thread takes longer than reading
      read[i] = bits_of(schedule, steps);
    });
  }
  for (std::thread& thread : threads) thread.join();
  return read;
}

// A warmup so long that no two updates agree: values of another thread's update are seen.
TEST(Schedule, SeveralThreadsMayEvaluateOne) {
  constexpr std::int64_t steps = 20'000;
  const CompiledFunction compiled = [](std::int64_t step, double* values, const double*) {
    for (int slot = 0; slot < 4; ++slot) values[slot] = static_cast<double>(step + slot) / 3;
  };
  for (const CompiledFunction function : {CompiledFunction{nullptr}, compiled}) {
    const Schedule schedule(long_program(steps), function);
    const auto expected = bits_of(schedule, steps);
    EXPECT_EQ(expected.size(), 4U * steps);
    for (const auto& read : read_at_once(schedule, steps, 4)) EXPECT_TRUE(read == expected);
    EXPECT_EQ(schedule.step(), 0) << "evaluating moves nothing";
  }
}

TEST(Resume, GoesOnWhereTheStateStood) {
  Schedule first(small_program());
  for (int i = 0; i < 3; ++i) first.advance();
  const auto state = load_state(save_state(first.state()));
  ASSERT_TRUE(state.has_value()) << state.error();
  Schedule second(small_program());
  ASSERT_TRUE(second.resume(*state).has_value());
  EXPECT_EQ(second.step(), 3);
  for (int i = 0; i < 5; ++i, first.advance(), second.advance()) {
    EXPECT_EQ(values_of(first), values_of(second));
  }
}

TEST(Resume, AnotherNameForTheSameMeaningIsNotRefused) {
  Schedule schedule(small_program());
  State state = {small_program().identity, 7};
  state.identity.policy = "renamed";
  state.identity.version = 9;
  EXPECT_TRUE(schedule.resume(state).has_value());
  EXPECT_EQ(schedule.step(), 7);
}

TEST(Resume, RefusesAnotherPolicyAndNamesBoth) {
  Schedule schedule(small_program());
  schedule.advance();
  State state = {small_program().identity, 300};
  state.identity.policy = "pretrain";
  state.identity.version = 3;
  state.identity.hash = "lrc1:aaaaaaaaaaaaaaaaaaaa";
  state.identity.run_hash = "lrc1:bbbbbbbbbbbbbbbbbbbb";
  state.values = {{"lr", "", 2e-4}, {"weight_decay", "", 0.1}, {"momentum", "", 0.9}};
  EXPECT_EQ(refusal_of(schedule, state),
            "The saved state belongs to another policy; going on from it would change the schedule "
            "in the middle of the run.\n"
            "  then: policy pretrain version 3, lrc1:aaaaaaaaaaaa, after 300 updates\n"
            "  now:  policy small version 2, lrc1:0123456789ab\n"
            "What the coming update uses, 300:\n"
            "  lr: then 0.0002, now 0.0003\n"
            "  lr in norms: then (there is none), now 0.00015\n"
            "  weight_decay in norms: then (there is none), now 0\n"
            "  momentum: then 0.9, now (there is none)\n"
            "  1 value stays\n"
            "Say how to go on:\n"
            "  keep                 the saved policy and facts stay in force\n"
            "  rebind               the new ones are in force at once, whatever jump that is\n"
            "  rewarm over N steps  the new ones, lr rising to them from 0\n"
            "  blend over N steps   the new ones, every value going to them from where it stood\n"
            "  rewind to N          the new ones, from update N on, which lies behind\n"
            "or start a new run without this state.");
}

TEST(Resume, SaysWhenAPolicyChangedAndItsVersionDidNot) {
  Schedule schedule(small_program());
  State state = {small_program().identity, 300};
  state.identity.hash = "lrc1:aaaaaaaaaaaaaaaaaaaa";
  EXPECT_NE(
      refusal_of(schedule, state)
          .find("although both are called policy small version 2: a policy that changes needs "
                "a new version"),
      std::string::npos);
}

TEST(Resume, RefusesOtherFactsAndListsThem) {
  Schedule schedule(small_program());
  State state = {small_program().identity, 3};
  state.identity.run_hash = "lrc1:bbbbbbbbbbbbbbbbbbbb";
  state.values = {{"lr", "", 2e-4},
                  {"weight_decay", "", 0.1},
                  {"lr", "norms", 1e-4},
                  {"weight_decay", "norms", 0.0}};
  state.identity.facts = "run 16 steps\nbatch 512 samples\npeak 0x1.3a92a30553261p-12";
  EXPECT_EQ(refusal_of(schedule, state),
            "The saved state belongs to a run with other facts; going on from it would change the "
            "schedule in the middle of the run.\n"
            "  then: policy small version 2, lrc1:0123456789ab, after 3 updates\n"
            "  now:  policy small version 2, lrc1:0123456789ab\n"
            "The facts of the run differ:\n"
            "  then: run 16 steps\n"
            "  now:  run 8 steps\n"
            "  then: batch 512 samples\n"
            "  now:  (not stated)\n"
            "What the coming update uses, 3:\n"
            "  lr: then 0.0002, now 0.0003\n"
            "  lr in norms: then 0.0001, now 0.00015\n"
            "  2 values stay\n"
            "Say how to go on:\n"
            "  keep                 the saved policy and facts stay in force\n"
            "  rebind               the new ones are in force at once, whatever jump that is\n"
            "  rewarm over N steps  the new ones, lr rising to them from 0\n"
            "  blend over N steps   the new ones, every value going to them from where it stood\n"
            "  rewind to N          the new ones, from update N on, which lies behind\n"
            "or start a new run without this state.");
}

TEST(Resume, ListsAFactThatOnlyTheNewRunStates) {
  Schedule schedule(small_program());
  State state = {small_program().identity, 3};
  state.identity.run_hash = "lrc1:bb";
  state.identity.facts = "run 8 steps";
  EXPECT_NE(refusal_of(schedule, state)
                .find("  then: (not stated)\n  now:  peak 0x1.3a92a30553261p-12\n"),
            std::string::npos);
}

TEST(Resume, RefusesAnotherRunHashEvenWhereTheFactsReadTheSame) {
  Schedule schedule(small_program());
  State state = {small_program().identity, 3};
  state.identity.run_hash = "lrc1:bb";
  EXPECT_NE(refusal_of(schedule, state).find("  then: run hash lrc1:bb\n"), std::string::npos);
}

TEST(Resume, RefusesAClockBelowZero) {
  Schedule schedule(small_program());
  EXPECT_NE(refusal_of(schedule, {small_program().identity, -1}).find("update -1"),
            std::string::npos);
}

}  // namespace
}  // namespace lrc::runtime
