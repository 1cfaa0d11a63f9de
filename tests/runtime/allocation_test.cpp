// Counts every allocation of this test program, to show that a bound schedule makes none.

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "runtime/host/schedule.h"
#include "tests/count_allocations.h"
#include "tests/runtime/ruled_program.h"
#include "tests/runtime/small_program.h"

namespace lrc::runtime {
namespace {

void run_for(Schedule& schedule, int updates, double& sum) {
  for (int i = 0; i < updates; ++i) {
    for (const double value : schedule.values()) sum += value;
    schedule.advance();
  }
}

TEST(Allocation, TheCounterCounts) {
  const long before = allocations;
  const auto memory = std::make_unique<std::string>(100, 'x');
  EXPECT_GE(allocations - before, 2) << memory->size();
}

TEST(Allocation, ValuesAndAdvanceAllocateNothing) {
  Schedule interpreted(small_program());
  Schedule compiled(small_program(), [](std::int64_t step, double* values, const double*) {
    for (int slot = 0; slot < 4; ++slot) values[slot] = static_cast<double>(step);
  });
  double sum = 0;
  const long before = allocations;
  run_for(interpreted, 1000, sum);
  run_for(compiled, 1000, sum);
  const long after = allocations;
  EXPECT_EQ(after, before);
  EXPECT_GT(sum, 0);
}

TEST(Allocation, ATransitionAllocatesNothing) {
  Schedule schedule(small_program());
  ASSERT_TRUE(schedule.resume(schedule.state(), Word{Word::Kind::rewarm, 500}).has_value());
  double sum = 0;
  const long before = allocations;
  run_for(schedule, 1000, sum);
  EXPECT_EQ(allocations, before);
  EXPECT_GT(sum, 0);
}

TEST(Allocation, ObservingAllocatesNothing) {
  Rule spike{Rule::Trigger::spike};
  spike.count = 100;
  spike.level = 1.01;
  Schedule schedule(ruled_program(spike, {{}, 0.5, 10, 1'000'000, 1e-3}));
  double sum = 0;
  std::size_t fired = 0;
  const long before = allocations;
  for (int update = 0; update < 1000; ++update) {
    fired += schedule.observe("loss", update % 7, update).fired.size();
    run_for(schedule, 1, sum);
  }
  EXPECT_EQ(allocations, before);
  EXPECT_GT(fired, 0U);
}

}  // namespace
}  // namespace lrc::runtime
