// An update allocates nothing, whichever backend computes it.

#include <gtest/gtest.h>

#include "compiler/compile/compile.h"
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

runtime::Program program() {
  const Compilation compilation = compile(source::make_source("<text>", text));
  return bind(compilation.policy.value(), {}, {}, {{}, {0}}).bound.value().program;
}

void expect_no_allocation(runtime::Schedule schedule) {
  const long before = allocations;
  double sum = 0;
  for (int update = 0; update < 100'000; ++update) {
    for (const double value : schedule.values()) sum += value;
    schedule.advance();
  }
  EXPECT_EQ(allocations - before, 0);
  EXPECT_GT(sum, 0);
}

TEST(Allocation, TheInterpreterAllocatesNothing) {
  expect_no_allocation(runtime::Schedule(program()));
}
TEST(Allocation, TheJitAllocatesNothing) {
  const auto function = jit(program());
  ASSERT_TRUE(function) << function.error();
  expect_no_allocation(runtime::Schedule(program(), *function));
}

}  // namespace
}  // namespace lrc::compile
