// Whole runs on a device under the double: values, clocks, events and positions are those of the
// schedule on the host, to the last bit. It is the logic around the kernel and the kernel's text
// that are tested here, on the host; no GPU is in it.

#include <gtest/gtest.h>

#include "tests/cuda/programs.h"
#include "tests/cuda/random_twins.h"

namespace lrc::test {
namespace {

using runtime::Schedule;

TEST(DeviceRun, OfAPolicyWithEveryRuleEqualsTheHost) {
  std::size_t events = 0;
  std::int64_t skipped = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Schedule host = ruled_schedule();
    RandomTwins twins(host, seed);
    for (int k = 0; k < 450 && !testing::Test::HasFatalFailure(); ++k) twins.update();
    events += twins.events_seen();
    skipped += twins.skipped();
  }
  EXPECT_GT(events, 1000U);
  EXPECT_GT(skipped, 40);
}

TEST(DeviceRun, OfEveryWrittenPolicyEqualsTheHost) {
  auto policies = written_policies();
  for (std::size_t k = 0; k < policies.size(); ++k) {
    RandomTwins twins(policies[k].schedule, k);
    for (int update = 0; update < 40; ++update) twins.update();
    ASSERT_FALSE(HasFailure()) << policies[k].name;
  }
}

TEST(DeviceRun, OfRandomPoliciesEqualsTheHost) {
  auto policies = random_policies(5000, 200);
  for (std::size_t k = 0; k < policies.size(); ++k) {
    RandomTwins twins(policies[k].schedule, k);
    for (int update = 0; update < 120; ++update) twins.update();
    ASSERT_FALSE(HasFailure()) << policies[k].name;
  }
}

// A mailbox that stays as it is, is taken once; one that is wrong is told once.
TEST(DeviceRun, AMailboxIsTakenOnceAndAConflictToldOnce) {
  Schedule host = ruled_schedule();
  Twin twin(host, {});
  twin.write_metric(0, 2.0, 5);
  for (int k = 0; k < 3; ++k) twin.update();
  EXPECT_EQ(twin.device_events().size(), 1U);
  twin.write_metric(0, 3.0, 5);
  for (int k = 0; k < 3; ++k) twin.update();
  const auto conflict = twin.device_events();
  ASSERT_EQ(conflict.size(), 1U);
  EXPECT_NE(conflict[0].find("conflicting"), std::string::npos);
  twin.write_metric(0, 3.0, 4);
  twin.update();
  EXPECT_TRUE(twin.device_events().empty()) << "the mailbox has been wrong since";
  twin.write_metric(0, 3.0, 6);
  twin.update();
  EXPECT_EQ(twin.device_events().size(), 1U);
}

TEST(DeviceRun, WhatNobodyReadIsWrittenOverAndCounted) {
  Schedule host = ruled_schedule();
  Twin twin(host, {.options = {.events = 8}});
  for (std::int64_t evaluation = 0; evaluation < 21; ++evaluation) {
    twin.write_metric(0, 1.0, evaluation);
    twin.update();
  }
  const auto events = twin.device_events();
  ASSERT_EQ(events.size(), 8U);
  EXPECT_NE(events[0].find("\"evaluation\":13"), std::string::npos) << events[0];
  EXPECT_NE(events[0].find("\"dropped\":13"), std::string::npos) << events[0];
  EXPECT_EQ(events[1].find("dropped"), std::string::npos);
}

// As a kernel leaves the ring in the middle of an event.
TEST(DeviceRun, AnEventThatIsBeingWrittenIsNotRead) {
  Schedule host = ruled_schedule();
  Twin twin(host, {.options = {.events = 8}});
  auto* block = twin.part<cuda::Block>(0);
  auto* ring = twin.part<cuda::Event>(twin.device().head().event);
  const auto tell = [&](std::uint64_t number) {
    ring[(number - 1) % 8] = {number, cuda::Event::Kind::skipped,        0, 0,
                              0,      static_cast<std::int64_t>(number), 0, 0};
    block->told = number;
  };
  tell(1);
  tell(2);
  ring[1].number = 0;
  EXPECT_EQ(twin.device_events().size(), 1U) << "the second is not whole";
  EXPECT_EQ(twin.device_events().size(), 0U);
  ring[1].number = 2;
  EXPECT_EQ(twin.device_events().size(), 1U);
  for (std::uint64_t number = 3; number <= 10; ++number) tell(number);
  ring[2].number = 11;  // the third is written over already, and its count is not there yet
  const auto events = twin.device_events();
  ASSERT_EQ(events.size(), 7U);
  EXPECT_NE(events[0].find("\"update\":4"), std::string::npos) << events[0];
  EXPECT_NE(events[0].find("\"dropped\":1"), std::string::npos) << events[0];
  for (std::uint64_t number = 11; number <= 13; ++number) tell(number);
  ring[1].subject = 99;  // event 10 is long read; 11 to 13 are fine
  EXPECT_EQ(twin.device_events().size(), 3U);
}

TEST(DeviceRun, WhatNoKernelWritesIsDroppedAndCounted) {
  Schedule host = ruled_schedule();
  Twin twin(host, {.options = {.events = 8}});
  auto* block = twin.part<cuda::Block>(0);
  auto* ring = twin.part<cuda::Event>(twin.device().head().event);
  ring[0] = {1, cuda::Event::Kind::firing, 0, 99, 0, 0, 0, 0};
  ring[1] = {2, cuda::Event::Kind::observation, 7, 0, 0, 0, 0, 0};
  ring[2] = {3, static_cast<cuda::Event::Kind>(9), 0, 0, 0, 0, 0, 0};
  ring[3] = {4, cuda::Event::Kind::skipped, 0, 0, 0, 3, 0, 0};
  block->told = 4;
  EXPECT_EQ(twin.device_events(),
            std::vector<std::string>{R"({"event":"skipped","update":3,"dropped":3})"});
}

}  // namespace
}  // namespace lrc::test
