// Schedule computes some updates ahead. Whatever happens in between, what it gives is what the
// interpreter makes of the position at hand.

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <random>

#include "runtime/host/evaluate.h"
#include "runtime/host/schedule.h"
#include "tests/runtime/ruled_program.h"
#include "tests/runtime/small_program.h"

namespace lrc::runtime {
namespace {

using Generator = std::mt19937_64;

std::vector<double> expected(const Schedule& schedule) {
  const Position position = schedule.position();
  const Program& program = schedule.program();
  std::vector<double> factors(program.reactions.size()), values(program.slots.size());
  factors_at(program, position.rules, position.step, factors);
  for (std::size_t slot = 0; slot < values.size(); ++slot)
    values[slot] = evaluate(program, slot, position.step, factors.data());
  if (position.transition.acts_at(position.step)) position.transition.apply(position.step, values);
  return values;
}

void expect_values_of_position(Schedule& schedule) {
  const auto wanted = expected(schedule);
  const auto given = schedule.values();
  ASSERT_EQ(given.size(), wanted.size());
  if (wanted.empty()) return;
  ASSERT_EQ(std::memcmp(given.data(), wanted.data(), wanted.size() * sizeof(double)), 0)
      << "at update " << schedule.step();
}

// A spike of three halves lr for some updates; the plateau that is there first, for good.
Program with_rules() {
  Program program = ruled_program(
      {.trigger = Rule::Trigger::threshold, .upwards = true, .level = 2}, {{}, 0.5, 5});
  program.codes = {
      {{Operation::small_progress, 0}, {Operation::factor, 0}, {Operation::multiply, 0, 1}}};
  program.integers = {1, 1, 1000};
  return program;
}

// Programs of so many slots: all of lr, the slot's number as the factor.
Program with_slots(std::size_t slots) {
  Program program = small_program(3.0);
  program.slots.resize(1);
  program.outputs = {"lr"};
  const Slot first = program.slots[0];
  program.slots.assign(slots, first);
  program.group_sets.assign(slots, {});
  return program;
}

TEST(Ahead, RulesThatFireBetweenChangeWhatComes) {
  Generator random(1);
  Schedule schedule(with_rules());
  std::size_t fired = 0;
  for (std::int64_t k = 0; k < 3000; ++k) {
    if (random() % 7 == 0)
      fired += schedule.observe("loss", static_cast<double>(random() % 4), k).fired.size();
    if (random() % 3 != 0) expect_values_of_position(schedule);
    if (random() % 5 != 0) schedule.advance();
  }
  EXPECT_GT(fired, 50U);
}

TEST(Ahead, AStateThatIsLoadedBetweenChangesWhatComes) {
  Generator random(2);
  Schedule schedule(with_rules());
  State saved = schedule.state();
  for (std::int64_t k = 0; k < 2000; ++k) {
    if (random() % 9 == 0) (void)schedule.observe("loss", 3.0, k);
    if (random() % 11 == 0) saved = schedule.state();
    if (random() % 13 == 0) {
      ASSERT_TRUE(schedule.resume(saved).has_value());
    } else if (random() % 17 == 0) {
      ASSERT_TRUE(schedule.resume(saved, Word{Word::Kind::blend, 9}).has_value());
    }
    expect_values_of_position(schedule);
    schedule.advance();
  }
}

TEST(Ahead, HoldsFromOneToManySlots) {
  for (const std::size_t slots : {1U, 2U, 7U, 8U, 9U, 64U, 65U, 1023U, 1024U, 1025U, 5000U}) {
    Schedule schedule(with_slots(slots));
    for (int k = 0; k < 40; ++k, schedule.advance()) expect_values_of_position(schedule);
  }
}

TEST(Ahead, EndsAtTheLastStep) {
  Schedule schedule(with_slots(1));
  State state = schedule.state();
  for (const std::int64_t left : {0, 1, 14, 15, 16, 17}) {
    state.step = std::numeric_limits<std::int64_t>::max() - left;
    ASSERT_TRUE(schedule.resume(state).has_value());
    for (std::int64_t k = 0; k < left; ++k, schedule.advance()) expect_values_of_position(schedule);
    expect_values_of_position(schedule);
  }
}

}  // namespace
}  // namespace lrc::runtime
