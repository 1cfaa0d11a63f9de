// Images of random programs hold what the interpreter gives, and searches find the first update
// that breaks a claim, however rare it is.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "compiler/prove/search.h"
#include "runtime/host/evaluate.h"
#include "tests/backends/random_program.h"

namespace lrc::prove {
namespace {

using runtime::Operation;
using runtime::Program;

double value(const Program& program, std::int64_t update) {
  return runtime::evaluate(program, 0, update);
}

void check_image(const Program& program, std::size_t slot, std::int64_t first, std::int64_t last,
                 const std::vector<std::int64_t>& updates) {
  Images images(program);
  const Image image = images.of_slot(slot, first, last);
  std::optional<double> before;
  for (const std::int64_t update : updates) {
    if (update < first || update > last) continue;
    const double here = runtime::evaluate(program, slot, update);
    ASSERT_TRUE(std::isnan(here) || image.range.contains(here)) << update;
    if (before && image.direction != Direction::any) {
      const Direction moved = *before < here   ? Direction::rising
                              : *before > here ? Direction::falling
                                               : Direction::still;
      ASSERT_EQ(image.direction, together(image.direction, moved)) << update;
    }
    before = here;
  }
}

// What the rules can make of a value is a range by itself; these tests are about single values.
Program with_rules_at_rest(std::mt19937_64& random) {
  Program program = tests::random_program(random, {});
  for (runtime::Reaction& reaction : program.reactions) reaction.by = 1;
  return program;
}

TEST(Images, of_random_programs_hold_their_values) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 1500; ++round) {
    const Program program = tests::random_program(random, {});
    std::vector<std::int64_t> updates = tests::telling_steps(random, program);
    std::sort(updates.begin(), updates.end());
    for (std::size_t slot = 0; slot < program.slots.size(); ++slot) {
      const std::size_t a = random() % updates.size(), b = random() % updates.size();
      const auto [first, last] = std::minmax(updates[a], updates[b]);
      check_image(program, slot, first, last, updates);
      check_image(program, slot, 0, updates.back(), updates);
      check_image(program, slot, updates[a], updates[a], updates);
    }
  }
}

TEST(Images, of_one_update_are_its_value) {
  std::mt19937_64 random(8);
  for (int round = 0; round < 500; ++round) {
    const Program program = with_rules_at_rest(random);
    Images images(program);
    for (const std::int64_t update : tests::telling_steps(random, program)) {
      const double here = value(program, update);
      if (std::isnan(here)) continue;
      const Interval got = images.of_slot(0, update, update).range;
      ASSERT_TRUE(got == point(here) || got == everything) << update;
    }
  }
}

// A line from 0 to 1 over the run, but for one update, which has another value.
Program line_with_a_spike(std::int64_t run, std::int64_t spike, double height) {
  Program program;
  program.outputs = {"lr"};
  program.group_sets = {{}};
  program.codes = {{{Operation::progress, 0}}, {{Operation::real, 0}}, {{Operation::curve, 0}}};
  program.integers = {1, 0, run};
  program.reals = {height};
  program.segments = {{0, 0, 0}, {1, 0, 0}, {0, 0, 0}};
  program.curves = {{0, 3, 0}};
  program.thresholds = {spike, spike + 1};
  program.slots = {{0, 0, {2, 0, 0}}};
  return program;
}

constexpr std::int64_t long_run = 1'000'000'000'000;

TEST(Search, finds_one_update_among_very_many) {
  for (const std::int64_t spike : {std::int64_t{1}, std::int64_t{123'456'789}, long_run - 1}) {
    const Program program = line_with_a_spike(long_run, spike, 2.0);
    const Found found = find_outside(program, 0, {}, {0, 1});
    ASSERT_TRUE(std::holds_alternative<Broken>(found));
    EXPECT_EQ(spike, std::get<Broken>(found).update);
    EXPECT_TRUE(std::holds_alternative<Holds>(find_outside(program, 0, {}, {0, 2})));
  }
}

TEST(Search, finds_one_turn_among_very_many) {
  const std::int64_t spike = 123'456'789;
  const Found found =
      find_turn(line_with_a_spike(long_run, spike, 0.0), 0, {0, long_run}, Direction::rising);
  ASSERT_TRUE(std::holds_alternative<Broken>(found));
  EXPECT_EQ(spike, std::get<Broken>(found).update);
  const Program smooth = line_with_a_spike(long_run, 5, 5.0 / static_cast<double>(long_run));
  EXPECT_TRUE(
      std::holds_alternative<Holds>(find_turn(smooth, 0, {0, long_run}, Direction::rising)));
}

TEST(Search, decides_to_the_last_bit) {
  std::mt19937_64 random(9);
  for (int round = 0; round < 200; ++round) {
    const Program program = with_rules_at_rest(random);
    const Updates updates = {0, 300};
    std::vector<double> values;
    for (std::int64_t update = 0; update <= updates.last; ++update)
      values.push_back(value(program, update));
    if (std::any_of(values.begin(), values.end(), [](double v) { return !std::isfinite(v); }))
      continue;
    const auto highest = std::max_element(values.begin(), values.end());
    const double next = std::nextafter(*highest, everything.low);
    EXPECT_TRUE(std::holds_alternative<Holds>(
        find_outside(program, 0, updates, {everything.low, *highest})));
    const Found found = find_outside(program, 0, updates, {everything.low, next});
    ASSERT_TRUE(std::holds_alternative<Broken>(found));
    EXPECT_EQ(highest - values.begin(), std::get<Broken>(found).update);
  }
}

}  // namespace
}  // namespace lrc::prove
