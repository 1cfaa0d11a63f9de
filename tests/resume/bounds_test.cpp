// Whatever is observed and whichever words are given, values stay where the policies are proved to
// be; and a value that is not finite moves nothing unless a rule fires.

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "compiler/compile/read_facts.h"
#include "compiler/prove/prove.h"
#include "tests/resume/run.h"

namespace lrc::test {
namespace {

using runtime::Schedule;
using runtime::State;
using runtime::Word;

constexpr double low = 1e-6, high = 1e-3;

// Of one range, so that whatever blends between them is in it, too.
constexpr const char* policies[] = {
    R"(policy cosine_run version 1 {
  run 300 steps
  peak 1e-3
  lr = warmup 20 steps from 0.01x then cosine to 0.01x
  on spike of loss above 2 times its mean over 5 steps { lr by 0.3 for 9 steps, not below 1e-6 }
  on plateau of accuracy rising for 4 evals { lr by 0.7, not below 1e-6 }
  on nonfinite loss { lr by 0.5 for 3 steps, not below 1e-6 }
  require lr never above 1e-3
  require lr never below 1e-6
})",
    R"(policy linear_run version 1 {
  run 300 steps
  peak 5e-4
  lr = hold for 100 steps then linear to 0.1x for 100 steps then hold
  on threshold of loss above 1 { lr by 0.01, not below 1e-6 }
  on plateau of accuracy falling for 2 evals, counting nonfinite { lr by 0.1, not below 1e-6 }
  on nonfinite accuracy { lr by 0 for 30 steps, not below 1e-6 }
  require lr never above 1e-3
  require lr never below 1e-6
})",
    R"(policy cyclic_run version 1 {
  run 300 steps
  peak 1e-3
  lr = repeat every 37 steps { cosine to 0.5x }
  on spike of loss above 1.5 times its mean over 9 steps { lr by 3 for 20 steps }
  on threshold of accuracy below 0 { lr by 2, at most 3 times }
  clamp lr to 1e-6 .. 1e-3
  require lr never above 1e-3
  require lr never below 1e-6
})"};

TEST(Bounds, AreProved) {
  for (const char* text : policies) {
    const auto compiled = compile::compile(source::make_source("<policy>", text));
    ASSERT_TRUE(compiled.policy.has_value()) << text;
    const auto facts = compile::read_facts(*compiled.policy, {});
    ASSERT_EQ(compiled.policy->policy.claims.size(), 2U);
    for (const policy::Claim& claim : compiled.policy->policy.claims)
      EXPECT_EQ(prove::prove(*compiled.policy, claim, facts.facts).status, prove::Status::proved)
          << text << claim.span.text();
  }
}

// Values as trainings give them, and as they do not.
double any_value(std::mt19937_64& random) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  constexpr double largest = std::numeric_limits<double>::max();
  constexpr double odd[] = {
      std::numeric_limits<double>::quiet_NaN(), infinity, -infinity, largest, -largest, 0.0, -0.0,
      std::numeric_limits<double>::denorm_min()};
  if (random() % 4 == 0) return odd[random() % std::size(odd)];
  if (random() % 4 == 0) return std::bit_cast<double>(random());
  return std::uniform_real_distribution(-1.0, 3.0)(random);
}

// With evaluations that are new, repeated and older, and a metric that nobody watches.
void observe_any(Schedule& schedule, std::mt19937_64& random) {
  constexpr const char* metrics[] = {"loss", "accuracy", "unknown"};
  const double before = schedule.values()[0];
  const std::int64_t evaluation = schedule.step() - static_cast<std::int64_t>(random() % 2);
  const auto seen = schedule.observe(metrics[random() % 3], any_value(random), evaluation);
  if (seen.fired.empty()) {
    ASSERT_EQ(std::bit_cast<std::uint64_t>(schedule.values()[0]),
              std::bit_cast<std::uint64_t>(before))
        << "no rule fired, so nothing moves";
  }
}

Word any_word(std::mt19937_64& random, std::int64_t step) {
  const auto updates = static_cast<std::int64_t>(random() % 40 + 1);
  switch (random() % 3) {
    case 0: return {Word::Kind::rebind};
    case 1: return {Word::Kind::blend, updates};
    default: return {Word::Kind::rewind, step - std::min(step, updates)};
  }
}

TEST(Bounds, HoldWhateverIsObservedAndWhicheverWordsAreGiven) {
  std::vector<Schedule> schedules;
  for (const char* text : policies) schedules.push_back(schedule_of(text));
  std::size_t words = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    std::mt19937_64 random(seed);
    Schedule schedule(schedules[random() % schedules.size()].program());
    for (int update = 0; update < 200; ++update, schedule.advance()) {
      observe_any(schedule, random);
      ASSERT_TRUE(schedule.values()[0] >= low && schedule.values()[0] <= high)
          << schedule.values()[0] << " at " << schedule.step() << ", seed " << seed;
      if (random() % 20 != 0) continue;
      const State state = schedule.state();
      schedule = Schedule(schedules[random() % schedules.size()].program());
      const auto done = schedule.resume(state, any_word(random, state.step));
      ASSERT_TRUE(done.has_value()) << done.error();
      ++words;
    }
  }
  EXPECT_GT(words, 1000U);
}

// Numbers that no run leads to, under a right checksum: refused, or within the bounds.
void spoil(State& state, std::mt19937_64& random) {
  auto& rules = state.rules;
  auto& rule = rules.rules[random() % rules.rules.size()];
  auto& reaction = rules.reactions[random() % rules.reactions.size()];
  const auto any = static_cast<std::int64_t>(random() % 2 == 0 ? random() : random() % 9);
  switch (random() % 7) {
    case 0: reaction.factor = any_value(random); break;
    case 1: reaction.until = any; break;
    case 2: reaction.firings = any; break;
    case 3: rule.best = any_value(random); break;
    case 4: rule.in_a_row = any; break;
    case 5: rule.resting = any; break;
    default: rule.since = any; break;
  }
}

TEST(Bounds, HoldForEveryStateThatIsTaken) {
  std::vector<Schedule> schedules;
  for (const char* text : policies) schedules.push_back(schedule_of(text));
  std::size_t taken = 0, refused = 0;
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    std::mt19937_64 random(seed);
    Schedule schedule(schedules[seed % schedules.size()].program());
    State state = schedule.state();
    for (int k = 0; k < 2; ++k) spoil(state, random);
    const bool fits = schedule.resume(state).has_value();
    ++(fits ? taken : refused);
    for (int update = 0; update < 20; ++update, schedule.advance()) {
      observe_any(schedule, random);
      ASSERT_TRUE(schedule.values()[0] >= low && schedule.values()[0] <= high) << seed;
    }
  }
  EXPECT_GT(taken, 100U);
  EXPECT_GT(refused, 100U);
}

}  // namespace
}  // namespace lrc::test
