// The kernel as it is compiled for GPUs, translated for this machine: of two equal blocks one is
// moved by it, the other by the same text with the interpreter. Every byte stays equal: clocks,
// rules, factors, values, events.

#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>

#include "runtime/arithmetic/environment.h"
#include "runtime/cuda/block_layout.h"
#include "tests/cuda/interpreted_update.h"
#include "tests/cuda/programs.h"
#include "tests/cuda/random_run.h"
#include "tests/differential/emitted.h"

namespace lrc::test {
namespace {

using Bytes = std::vector<std::byte>;
using Update = void (*)(void* block, std::uint32_t evaluate);

class TwoBlocks {
 public:
  TwoBlocks(const runtime::Schedule& schedule, RandomRun& random)
      : program_(schedule.program()), random_(random) {
    const auto layout =
        cuda::BlockLayout::of(program_, {.found_inf = reinterpret_cast<std::uint64_t>(&found_inf_),
                                         .samples_each = 32,
                                         .tokens_each = 32 * 1024,
                                         .events = 16});
    const auto position = schedule.position();
    compiled_ = layout->block(program_, position, schedule.coming_values(position));
    interpreted_ = compiled_;
  }

  // What a trainer leaves, then the kernel: now and then, only what brings the block up to it.
  void move(Update update) {
    found_inf_ = random_.one_in(5) ? 1.0F : 0.0F;
    for (std::size_t k = 0; k < program_.metrics.size(); ++k) {
      if (random_.one_in(3)) write_metric(k);
    }
    const std::uint32_t evaluate = random_.one_in(8) ? 0 : 1;
    update(compiled_.data(), evaluate);
    interpreted_update(interpreted_.data(), evaluate, const_cast<runtime::Program*>(&program_));
  }

  // Where they differ first; nothing where they do not.
  [[nodiscard]] std::string difference() const {
    for (std::size_t k = 0; k < compiled_.size(); ++k) {
      if (compiled_[k] != interpreted_[k]) return "byte " + std::to_string(k);
    }
    return "";
  }

  [[nodiscard]] cuda::Block head() const {
    cuda::Block head;
    std::memcpy(&head, compiled_.data(), sizeof head);
    return head;
  }

 private:
  // Most evaluations are new; some are as before, or older.
  void write_metric(std::size_t index) {
    const double value = random_.metric();
    evaluation_ += random_.one_in(6) ? -1 : 1;
    for (Bytes* block : {&compiled_, &interpreted_}) {
      auto* metrics = reinterpret_cast<cuda::Metric*>(block->data() + head().metric);
      metrics[index].value = value;
      metrics[index].given = evaluation_;
    }
  }

  const runtime::Program& program_;
  RandomRun& random_;
  float found_inf_ = 0;
  std::int64_t evaluation_ = 0;
  Bytes compiled_, interpreted_;
};

struct Sums {
  std::size_t calls = 0, asking = 0;  // `asking`: reactions whose value a rule compares
  std::uint64_t events = 0;
  std::int64_t skipped = 0;
};

void expect_equal(const Named& policy, Update update, std::uint64_t seed, Sums& sums) {
  constexpr int updates = 150;
  const runtime::ArithmeticEnvironment environment;
  RandomRun random(seed);
  TwoBlocks blocks(policy.schedule, random);
  for (int k = 0; k < updates; ++k) {
    blocks.move(update);
    ASSERT_EQ("", blocks.difference()) << policy.name << ", call " << k;
  }
  sums.calls += updates;
  for (const runtime::Reaction& reaction : policy.schedule.program().reactions)
    sums.asking += reaction.ignored >= 0 ? 1 : 0;
  sums.events += blocks.head().told;
  sums.skipped += blocks.head().skipped;
}

// From a random place of a run, where a transition may be under way.
std::vector<differential::Task> tasks_of(std::vector<Named>& policies) {
  std::vector<differential::Task> tasks;
  for (Named& policy : policies) {
    RandomRun random(tasks.size());
    std::int64_t evaluation = 0;
    random.move(policy.schedule, static_cast<std::int64_t>(random.below(60)), evaluation);
    const auto state = policy.schedule.state();
    (void)policy.schedule.resume(state, random.word(state));
    tasks.push_back({{}, policy.schedule.program(), {}});
  }
  return tasks;
}

// Of every kind of rule; whether a reaction acts depends on how much of the rate it would change.
std::vector<Named> asking_policies(std::size_t count) {
  std::vector<Named> policies;
  for (std::size_t k = 0; k < count; ++k) {
    runtime::Program program = ruled_schedule().program();
    for (runtime::Reaction& reaction : program.reactions) {
      reaction.value = program.slots[program.slot(0, k % 2)].value;
      reaction.ignored = 1e-3 * static_cast<double>(k + 1) / static_cast<double>(count);
    }
    policies.push_back({"asking " + std::to_string(k), runtime::Schedule(std::move(program))});
  }
  return policies;
}

void compare(std::vector<Named> policies, Sums& sums) {
  const auto tasks = tasks_of(policies);
  const auto results = differential::with_objects(
      tasks, {"nvptx-on-x86-64", backends::llvm::Level::optimised},
      [&](const differential::Library& library, const std::string& name,
          const differential::Task& task) {
        const auto index = static_cast<std::size_t>(&task - tasks.data());
        expect_equal(policies[index], library.symbol<Update>(name + "_update"), index, sums);
        return differential::Values{};
      });
  if (!results) GTEST_SKIP() << results.error();
}

TEST(CompiledUpdate, MovesEveryByteOfABlockAsTheInterpreterDoes) {
  Sums sums;
  compare(written_policies(), sums);
  compare(random_policies(1, 80), sums);
  compare(asking_policies(60), sums);
  if (IsSkipped()) return;
  std::printf("%zu calls, %zu events, %zd skipped updates, %zu reactions that ask\n", sums.calls,
              static_cast<std::size_t>(sums.events), static_cast<std::ptrdiff_t>(sums.skipped),
              sums.asking);
  EXPECT_GT(sums.asking, 100U);
  EXPECT_GT(sums.events, 5000U);
  EXPECT_GT(sums.skipped, 1000);
}

}  // namespace
}  // namespace lrc::test
