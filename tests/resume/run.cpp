#include "tests/resume/run.h"

#include <bit>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include "tests/resume/bound.h"

namespace lrc::test {
namespace {

using runtime::Schedule;
using runtime::State;
using runtime::Word;

constexpr const char* former_policy = R"(policy former version 1 {
  run 160 steps
  peak 1e-3
  lr = warmup 20 steps then cosine to 0.1x
  weight_decay = 0.1
  momentum = 0.9
  group head matches "head*" { lr by 7 }
  on spike of loss above 2 times its mean over 5 steps { lr by 0.3 for 9 steps }
  on plateau of accuracy rising for 4 evals { lr by 0.7, at most 9 times }
  on nonfinite loss { lr by 0.5 for 3 steps  weight_decay by 0 for 5 steps }
})";

// Other numbers, rules of the same layout, an output less and an output more.
constexpr const char* latter_policy = R"(policy latter version 2 {
  run 160 steps
  peak 3e-4
  lr = hold then cooldown last 30% sqrt
  weight_decay = linear from 0.3 to 0.1
  ema = 0.999
  group head matches "head*" { lr by 3 }
  on spike of loss above 3 times its mean over 5 steps { lr by 0.2 for 5 steps }
  on plateau of accuracy rising for 3 evals { lr by 0.8, at most 9 times }
  on nonfinite loss { lr by 0.6 for 4 steps  weight_decay by 0.5 for 5 steps }
})";

double loss_at(std::int64_t update) {
  if (update % 37 == 30) return std::numeric_limits<double>::quiet_NaN();
  return update % 23 == 19 ? 20.0 : 2.0 + 0.01 * static_cast<double>(update * 7919 % 13);
}

double accuracy_at(std::int64_t update) { return static_cast<double>(update * 104'729 % 17); }

Schedule resumed(const State& state) {
  Schedule schedule =
      schedule_of(state.identity.policy == "former" ? former_policy : latter_policy);
  if (const auto done = schedule.resume(state); !done) {
    std::fprintf(stderr, "%s\n", done.error().c_str());
    std::abort();
  }
  return schedule;
}

Schedule taken_over(const State& state, const Word& word) {
  Schedule next = schedule_of(latter_policy);
  if (const auto done = next.resume(state, word); !done) {
    std::fprintf(stderr, "%s\n", done.error().c_str());
    std::abort();
  }
  return next;
}

}  // namespace

Schedule schedule_of(const char* text) {
  auto schedule = bound(source::make_source("<text>", text), {});
  if (!schedule) {
    std::fprintf(stderr, "%s\n", schedule.error().c_str());
    std::abort();
  }
  return std::move(*schedule);
}

TrainingRun::TrainingRun(const Word& word) : word_(word), schedule_(schedule_of(former_policy)) {}
TrainingRun::TrainingRun(const Word& word, const State& state)
    : word_(word), schedule_(resumed(state)) {}

void TrainingRun::update(std::vector<std::uint64_t>& bits) {
  const std::int64_t step = schedule_.step();
  (void)schedule_.observe("loss", loss_at(step), step);
  if (step % 3 == 0) (void)schedule_.observe("accuracy", accuracy_at(step), step);
  for (const double value : schedule_.values()) bits.push_back(std::bit_cast<std::uint64_t>(value));
  schedule_.advance();
}

void TrainingRun::go_to(std::int64_t step, std::vector<std::uint64_t>& bits) {
  while (schedule_.step() < step) {
    if (schedule_.step() == take_over && schedule_.program().identity.policy == "former")
      schedule_ = taken_over(schedule_.state(), word_);
    update(bits);
  }
}

std::int64_t TrainingRun::firings() const {
  std::int64_t sum = 0;
  for (const auto& reaction : schedule_.position().rules.reactions) sum += reaction.firings;
  return sum;
}

}  // namespace lrc::test
