// The code of a GPU, translated for this machine, on random bound programs: slots that share codes
// with integers of any width, which no policy makes so.

#include "tests/differential/device.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstdio>

#include "compiler/backends/llvm/emit.h"
#include "runtime/host/evaluate.h"
#include "tests/backends/random_program.h"

namespace lrc::differential {
namespace {

using tests::RandomShape;

// Every other reaction asks for the value of some slot.
Task random_task(std::mt19937_64& random, const RandomShape& shape) {
  Task task{{}, tests::random_program(random, shape), {}};
  runtime::Program& program = task.program;
  for (std::size_t k = 0; k < program.reactions.size(); k += 2) {
    program.reactions[k].ignored = 0;
    program.reactions[k].value = program.slots[random() % program.slots.size()].value;
  }
  for (const std::int64_t step : tests::telling_steps(random, program))
    task.points.push_back({step, {tests::some_factors.begin(), tests::some_factors.end()}});
  return task;
}

std::size_t different(const Task& task, const Values& values) {
  const std::size_t slots = task.program.slots.size();
  std::size_t count = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Point& point = task.points[i / slots];
    const double expected =
        runtime::evaluate(task.program, i % slots, point.step, point.given_factors());
    const bool same =
        std::bit_cast<std::uint64_t>(expected) == std::bit_cast<std::uint64_t>(values[i]);
    count += same ? 0 : 1;
  }
  return count;
}

void compare(std::uint64_t seed, std::size_t programs, const RandomShape& shape) {
  if (backends::llvm::emit_targets().empty())
    GTEST_SKIP() << "the library that emits was not built";
  std::mt19937_64 random(seed);
  std::vector<Task> tasks;
  while (tasks.size() < programs) tasks.push_back(random_task(random, shape));
  const Results results = device_objects(tasks);
  ASSERT_TRUE(results) << results.error();
  std::size_t values = 0;
  for (std::size_t k = 0; k < tasks.size(); ++k) {
    ASSERT_TRUE((*results)[k]);
    values += (*results)[k]->size();
    EXPECT_EQ(0U, different(tasks[k], *(*results)[k])) << "program " << k;
  }
  std::printf("%zu programs, %zu values by each function\n", programs, values);
}

TEST(DevicePrograms, FewSlots) { compare(1, 40, {}); }

TEST(DevicePrograms, ManySlots) {
  compare(2, 20, {.most_segments = 4, .most_slots = 300, .depth = 2});
}

}  // namespace
}  // namespace lrc::differential
