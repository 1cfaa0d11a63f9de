// An update allocates nothing, whichever backend computes it.

#include <gtest/gtest.h>

#include "compiler/compile/embed.h"
#include "tests/count_allocations.h"

namespace lrc::compile {
namespace {

constexpr const char* text = R"(
policy p version 1 {
  run 100K steps  peak 3e-4  1 epoch = 1000 steps
  lr = min(warmup 6% then repeat every 7.5 epochs { cosine to 0.1x }, 0.9x)
  momentum = exponential from 0.9 by 0.99 per epoch
  group slow matches "a*" { lr by 0.5 }
  clamp lr to 1e-6 .. 1
})";

void expect_no_allocation(Backend backend) {
  const auto policy = Policy::from_text(text);
  ASSERT_TRUE(policy) << policy.error();
  auto schedule = policy->schedule({}, {{}, {0}}, backend);
  ASSERT_TRUE(schedule) << schedule.error();
  const long before = allocations;
  double sum = 0;
  for (int update = 0; update < 100'000; ++update) {
    for (const double value : schedule->values()) sum += value;
    schedule->advance();
  }
  EXPECT_EQ(allocations - before, 0);
  EXPECT_GT(sum, 0);
}

TEST(Allocation, TheInterpreterAllocatesNothing) { expect_no_allocation(Backend::interpreter); }
TEST(Allocation, TheJitAllocatesNothing) { expect_no_allocation(Backend::jit); }

}  // namespace
}  // namespace lrc::compile
