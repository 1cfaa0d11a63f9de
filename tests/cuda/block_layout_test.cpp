// A block holds where a run stands, whole: laid out and read back it is the same position, of every
// policy that is written here and of random ones. What is no block is an error.

#include "runtime/cuda/block_layout.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include "tests/cuda/programs.h"
#include "tests/cuda/random_run.h"

namespace lrc::test {
namespace {

using cuda::Block;
using cuda::BlockLayout;
using cuda::BlockOptions;
using runtime::Schedule;

// All that is saved of a position, so that two of them can be compared.
std::string text_of(Schedule& schedule, const runtime::Position& position) {
  schedule.stand_at(position);
  return save_state(schedule.state());
}

std::vector<std::byte> laid_out(const Schedule& schedule) {
  const auto layout = BlockLayout::of(schedule.program(), {}).value();
  const auto position = schedule.position();
  return layout.block(schedule.program(), position, schedule.coming_values(position));
}

tl::expected<runtime::Position, std::string> read_back(const Schedule& schedule,
                                                       const std::vector<std::byte>& block) {
  return BlockLayout::of(schedule.program(), {}).value().position(schedule.program(), block);
}

void expect_round_trip(Schedule& schedule, const std::string& name) {
  const std::string before = save_state(schedule.state());
  const auto position = read_back(schedule, laid_out(schedule));
  ASSERT_TRUE(position.has_value()) << name << ": " << position.error();
  EXPECT_EQ(text_of(schedule, *position), before) << name;
}

// At the beginning, behind observations, and behind every word.
void expect_round_trips(Named& policy, std::uint64_t seed) {
  RandomRun random(seed);
  std::int64_t evaluation = 0;
  expect_round_trip(policy.schedule, policy.name);
  for (int round = 0; round < 4; ++round) {
    random.move(policy.schedule, static_cast<std::int64_t>(random.below(60)), evaluation);
    expect_round_trip(policy.schedule, policy.name);
    const auto state = policy.schedule.state();
    if (policy.schedule.resume(state, random.word(state)))
      expect_round_trip(policy.schedule, policy.name);
  }
}

TEST(BlockLayout, HoldsEveryPositionOfEveryPolicy) {
  auto policies = written_policies();
  ASSERT_GE(policies.size(), 150U);
  for (std::size_t k = 0; k < policies.size(); ++k) expect_round_trips(policies[k], k);
}

TEST(BlockLayout, HoldsEveryPositionOfRandomPolicies) {
  auto policies = random_policies(1, 300);
  for (std::size_t k = 0; k < policies.size(); ++k) expect_round_trips(policies[k], k);
}

TEST(BlockLayout, ValuesAreThoseOfTheComingUpdate) {
  Schedule schedule = ruled_schedule();
  for (int k = 0; k < 50; ++k) schedule.advance();
  const auto block = laid_out(schedule);
  Block head;
  std::memcpy(&head, block.data(), sizeof head);
  const auto values = schedule.values();
  for (std::size_t slot = 0; slot < values.size(); ++slot) {
    double value = 0;
    float rounded = 0;
    std::memcpy(&value, block.data() + head.values64 + slot * sizeof value, sizeof value);
    std::memcpy(&rounded, block.data() + head.values32 + slot * sizeof rounded, sizeof rounded);
    EXPECT_EQ(value, values[slot]);
    EXPECT_EQ(rounded, static_cast<float>(values[slot]));
  }
}

// So that a trainer that counts evaluations there goes on, and nothing is judged again.
TEST(BlockLayout, AMailboxHasWhatWasTakenLast) {
  Schedule schedule = ruled_schedule();
  ASSERT_EQ(schedule.program().metrics[1], "accuracy");
  (void)schedule.observe("accuracy", 0.75, 41);
  const auto block = laid_out(schedule);
  Block head;
  std::memcpy(&head, block.data(), sizeof head);
  std::array<cuda::Metric, 2> metrics;
  std::memcpy(metrics.data(), block.data() + head.metric, sizeof metrics);
  EXPECT_EQ(metrics[0].given, -1);
  EXPECT_EQ(metrics[1].given, 41);
  EXPECT_EQ(metrics[1].value, 0.75);
}

TEST(BlockLayout, PartsBeginAtCacheLinesAndDoNotMeet) {
  for (const Named& policy : random_policies(1000, 50)) {
    const Block head = BlockLayout::of(policy.schedule.program(), {}).value().head();
    std::uint64_t before = sizeof(Block);
    for (const std::uint64_t begin :
         {head.values64, head.values32, head.starts, head.metric, head.rule, head.watched,
          head.reaction, head.rule_state, head.reaction_state, head.observed, head.factors,
          head.tried, head.event, head.bytes}) {
      EXPECT_EQ(begin % 64, 0U);
      EXPECT_GE(begin, before);
      before = begin;
    }
    EXPECT_GE(head.values32 - head.values64, head.slots * sizeof(double));
    EXPECT_GE(head.bytes - head.event, head.events * sizeof(cuda::Event));
  }
}

template <class Change>
std::string problem_of(const Schedule& schedule, const Change& change) {
  auto block = laid_out(schedule);
  Block head;
  std::memcpy(&head, block.data(), sizeof head);
  change(head, block);
  std::memcpy(block.data(), &head, sizeof head);
  const auto position = read_back(schedule, block);
  return position ? "" : position.error();
}

template <class Element>
Element& at(std::vector<std::byte>& block, std::uint64_t offset) {
  return *reinterpret_cast<Element*>(block.data() + offset);
}

TEST(BlockLayout, WhatIsNoBlockIsAnError) {
  const Schedule schedule = ruled_schedule();
  using Bytes = std::vector<std::byte>;
  EXPECT_EQ(problem_of(schedule, [](Block&, Bytes&) {}), "");
  const auto contains = [&](const char* text, const auto& change) {
    const std::string problem = problem_of(schedule, change);
    EXPECT_NE(problem.find(text), std::string::npos) << text << " in `" << problem << "`";
  };
  contains("laid out", [](Block& head, Bytes&) { ++head.version; });
  contains("laid out", [](Block& head, Bytes&) { ++head.slots; });
  contains("laid out", [](Block& head, Bytes&) { head.observed += 64; });
  contains("clock", [](Block& head, Bytes&) { head.step = -1; });
  contains("window",
           [](Block& head, Bytes& block) { at<cuda::RuleState>(block, head.rule_state).held = 6; });
  contains("window", [](Block& head, Bytes& block) {
    at<cuda::RuleState>(block, head.rule_state).held = 1;
    at<cuda::RuleState>(block, head.rule_state).oldest = 5;
  });
  contains("no observations", [](Block& head, Bytes& block) {
    at<cuda::RuleState>(block, head.rule_state).resting = -1;
  });
  contains("no observations", [](Block& head, Bytes& block) {
    at<cuda::ReactionState>(block, head.reaction_state).factor = 2;
  });
  contains("transition", [](Block& head, Bytes&) {
    head.transition_updates = 10;
    head.transition_begin = 1;
  });
  contains("not finite", [](Block& head, Bytes& block) {
    head.transition_updates = 10;
    at<double>(block, head.starts) = std::numeric_limits<double>::infinity();
  });
  auto cut = laid_out(schedule);
  cut.pop_back();
  EXPECT_NE(read_back(schedule, cut).error().find("size"), std::string::npos);
}

// Whatever bytes: a position that can be stood at and saved, or an error.
TEST(BlockLayout, AnyBytesAreAPositionOrAnError) {
  Schedule schedule = ruled_schedule();
  RandomRun random(7);
  std::int64_t evaluation = 0;
  random.move(schedule, 40, evaluation);
  const auto whole = laid_out(schedule);
  std::size_t fine = 0;
  for (int round = 0; round < 20'000; ++round) {
    auto block = whole;
    for (std::uint64_t k = 0; k <= random.below(3); ++k)
      block[random.below(round % 2 == 0 ? sizeof(Block) : block.size())] =
          static_cast<std::byte>(random.below(256));
    const auto position = read_back(schedule, block);
    if (!position) continue;
    ++fine;
    ASSERT_FALSE(text_of(schedule, *position).empty());
  }
  EXPECT_GT(fine, 1000U);
}

TEST(BlockLayout, LimitsHoldAndOneBeyondIsRefused) {
  const auto wrong = [](const BlockOptions& options) { return !wrong_options(options).empty(); };
  BlockOptions options;
  options.events = cuda::maximum_ring_events;
  EXPECT_FALSE(wrong(options));
  options.events = 2 * cuda::maximum_ring_events;
  EXPECT_TRUE(wrong(options));
  for (const std::size_t events : {std::size_t{0}, std::size_t{3}}) {
    options.events = events;
    EXPECT_TRUE(wrong(options));
  }
  options.events = 1;
  for (auto* each : {&options.samples_each, &options.tokens_each}) {
    *each = cuda::maximum_units_each;
    EXPECT_FALSE(wrong(options));
    *each = cuda::maximum_units_each + 1;
    EXPECT_TRUE(wrong(options));
    *each = -1;
    EXPECT_TRUE(wrong(options));
    *each = 0;
  }
  options.found_inf = 6;
  EXPECT_TRUE(wrong(options));
}

// A value takes 8 + 4 + 8 bytes: by 16 of them each part fills whole lines.
TEST(BlockLayout, TheLargestBlockIsLaidOutAndOneLineMoreIsRefused) {
  runtime::Program program;
  const BlockOptions options{.events = 1};
  const std::size_t rest = BlockLayout::of(program, options).value().bytes();
  program.slots.resize((cuda::maximum_block_bytes - rest) / 320 * 16);
  const auto largest = BlockLayout::of(program, options);
  ASSERT_TRUE(largest.has_value()) << largest.error();
  EXPECT_GT(largest->bytes(), cuda::maximum_block_bytes - 320);
  program.slots.resize(program.slots.size() + 16);
  EXPECT_FALSE(BlockLayout::of(program, options).has_value());
}

}  // namespace
}  // namespace lrc::test
