// Programs as bytes: the same program, the same bytes; any bytes, a program that can be evaluated
// or none.

#include <gtest/gtest.h>

#include <bit>

#include "runtime/artifact/program_bytes.h"
#include "runtime/artifact/verify.h"
#include "runtime/host/evaluate.h"
#include "runtime/host/rules.h"
#include "runtime/host/schedule.h"
#include "runtime/host/state_layout.h"
#include "tests/backends/random_program.h"
#include "tests/runtime/ruled_program.h"
#include "tests/runtime/small_program.h"

namespace lrc::runtime {
namespace {

// A random one with all that the binder fills in.
Program random_whole_program(std::mt19937_64& random, const tests::RandomShape& shape = {}) {
  Program program = tests::random_program(random, shape);
  for (std::size_t k = 0; k < program.outputs.size(); ++k)
    program.outputs[k] = "output_" + std::to_string(k);
  program.frozen_until = {0};
  return program;
}

std::uint64_t bits(double value) { return std::bit_cast<std::uint64_t>(value); }

// With what only the binder fills in.
Program small() {
  Program program = small_program();
  program.frozen_until = {0, 0};
  return program;
}
Program ruled() {
  Program program = ruled_program(Rule{});
  program.frozen_until = {0};
  return program;
}

constexpr std::int64_t steps[] = {0, 1, 2, 3, 5, 1000, std::int64_t{1} << 40, maximum_step};

// All that a trainer does with a program. The values mean nothing here: sanitizers watch.
void use(const Program& program) {
  RulesState state = rules_at_rest(program);
  std::vector<double> factors(program.reactions.size());
  for (const std::int64_t step : steps) {
    for (const std::string& metric : program.metrics)
      static_cast<void>(observe(program, state, metric, 1.5, step, step));
    factors_at(program, state, step, factors);
    for (std::size_t slot = 0; slot < program.slots.size(); ++slot)
      static_cast<void>(evaluate(program, slot, step, factors.data()));
  }
  const Schedule schedule(program);
  std::vector<double> values(program.slots.size());
  for (const std::int64_t step : steps) schedule.evaluate(step, values);
}

Program read_again(const std::string& bytes) {
  auto program = read_program(bytes);
  EXPECT_TRUE(program.has_value()) << program.error();
  return program.value_or(Program{});
}

TEST(ProgramBytes, RandomProgramsComeBack) {
  std::mt19937_64 random(20261126);
  for (int k = 0; k < 1000; ++k) {
    const Program program = random_whole_program(random);
    const std::string bytes = write_program(program);
    const Program again = read_again(bytes);
    ASSERT_EQ(bytes, write_program(again));
    for (const std::int64_t step : tests::telling_steps(random, program)) {
      for (std::size_t slot = 0; slot < program.slots.size(); ++slot)
        ASSERT_EQ(bits(evaluate(program, slot, step, tests::some_factors.data())),
                  bits(evaluate(again, slot, step, tests::some_factors.data())));
    }
  }
}

TEST(ProgramBytes, BytesAreThoseOfTheLayout) {
  // By hand, from the table of program_bytes.h.
  const std::string bytes = write_program(small());
  EXPECT_EQ(std::string("\2\0\0\0\5\0\0\0small\2\0\0\0\0\0\0\0", 21), bytes.substr(0, 21));
  // Last come the reals: seven, of which the last is 0 and the first 1.
  const std::string reals = bytes.substr(bytes.size() - 4 - 7 * 8);
  EXPECT_EQ(std::string("\7\0\0\0\0\0\0\0\0\0\xf0\x3f", 12), reals.substr(0, 12));
  EXPECT_EQ(std::string(8, '\0'), reals.substr(reals.size() - 8));
}

TEST(ProgramBytes, EveryTruncationAndTailIsRefused) {
  const std::string bytes = write_program(small());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(read_program(std::string_view(bytes).substr(0, size)).has_value()) << size;
  EXPECT_FALSE(read_program(bytes + '\0').has_value());
}

TEST(ProgramBytes, AnotherLayoutIsNamed) {
  std::string bytes = write_program(small());
  bytes[0] = 1;
  EXPECT_EQ("its bound program has layout 1, and this release reads 2",
            read_program(bytes).error());
}

// Every byte takes other values; what is still read can be used and is written as it was read.
void corrupt_each_byte(const Program& program, std::size_t& read, std::size_t& refused) {
  const std::string bytes = write_program(program);
  for (std::size_t k = 0; k < bytes.size(); ++k) {
    for (const int change : {1, 64, 255}) {
      std::string changed = bytes;
      changed[k] = static_cast<char>(static_cast<unsigned char>(changed[k]) ^ change);
      const auto result = read_program(changed);
      ++(result ? read : refused);
      if (!result) continue;
      ASSERT_EQ(changed, write_program(*result)) << k;
      use(*result);
    }
  }
}

TEST(ProgramBytes, EveryCorruptionOfAByteIsRefusedOrCanBeUsed) {
  std::size_t read = 0;
  std::size_t refused = 0;
  std::mt19937_64 random(5);
  corrupt_each_byte(small(), read, refused);
  corrupt_each_byte(ruled(), read, refused);
  for (int k = 0; k < 4; ++k)
    corrupt_each_byte(random_whole_program(random, {3, 2, 2}), read, refused);
  EXPECT_GT(read, 1000U);  // levels and lengths have many values
  EXPECT_GT(refused, 1000U);
}

// -------------------------------------------------------------------------- what verify refuses

std::string problem_of(const Program& program) { return verify(program).value_or(""); }

template <typename Change>
std::string problem_with(const Change& change) {
  Program program = small();
  EXPECT_EQ("", problem_of(program));
  change(program);
  return problem_of(program);
}

TEST(Verify, IndicesOutsideTheirLists) {
  EXPECT_NE("", problem_with([](Program& p) { p.slots[0].value.code = 3; }));
  EXPECT_NE("", problem_with([](Program& p) { p.slots[0].value.first_real = 6; }));
  EXPECT_NE("", problem_with([](Program& p) { p.slots[0].output = 1; }));
  EXPECT_NE("", problem_with([](Program& p) { p.segments[0].first_integer = 1; }));
  EXPECT_NE("", problem_with([](Program& p) { p.segments[0].code = 0xffffffff; }));
  EXPECT_NE("", problem_with([](Program& p) { p.segments[1].first_integer = 4; }));  // of 3
  EXPECT_NE("", problem_with([](Program& p) { p.segments[0].first_real = 8; }));     // of 7
  EXPECT_NE("", problem_with([](Program& p) { p.codes[2][2].a = 2; }));
  EXPECT_NE("", problem_with([](Program& p) { p.codes[2][0].a = 1; }));
  EXPECT_NE("", problem_with([](Program& p) { p.codes[1] = {{Operation::factor, 0}}; }));
  EXPECT_NE("", problem_with([](Program& p) { p.group_sets[1] = {1}; }));
  EXPECT_NE("", problem_with([](Program& p) { p.group_sets[0] = {0}; }));
}

TEST(Verify, ACurveCallsOnlyThoseBeforeIt) {
  EXPECT_EQ("curve 0 of its bound program calls one that is not before it",
            problem_with([](Program& p) { p.codes[1] = {{Operation::curve, 0}}; }));
}

TEST(Verify, StretchesRise) {
  Program program = small();
  const Segment hold = program.segments[1];
  program.segments.push_back(hold);
  program.curves[0].segments = 3;
  program.thresholds = {4, 5};
  EXPECT_EQ("", problem_of(program));
  program.thresholds = {4, 4};
  EXPECT_EQ("curve 0 of its bound program has stretches out of order", problem_of(program));
}

TEST(Verify, DivisorsAndSizes) {
  const char* too_large = "its bound program computes with integers beyond 2^126";
  EXPECT_EQ("its bound program divides by what may not be above 0",
            problem_with([](Program& p) { p.integers[2] = 0; }));
  EXPECT_EQ("its bound program calls an integer small that may not be",
            problem_with([](Program& p) { p.integers[2] = Integer{1} << 53; }));
  EXPECT_EQ("", problem_with([](Program& p) { p.integers[2] = (Integer{1} << 53) - 1; }));
  // Every update up to 2^63 - 1 reads a curve that has one stretch.
  const auto with_factor = [&](Integer factor) {
    return problem_with([&](Program& p) {
      p.codes[1] = {{Operation::progress, 0}};
      p.segments[1].first_integer = 3;
      p.integers.insert(p.integers.end(), {factor, 0, 7});
    });
  };
  EXPECT_EQ("", with_factor(Integer{1} << 62));
  EXPECT_EQ(too_large, with_factor((Integer{1} << 63) + 2));
  EXPECT_EQ("its bound program has integers beyond 2^126", with_factor(Integer{1} << 126));
}

TEST(Verify, NamesFitIntoLines) {
  for (const char* name : {"", "two words", "line\nfeed", "lr", "caf\xc3\xa9"})
    EXPECT_NE("", problem_with([&](Program& p) { p.outputs[1] = name; })) << name;
  EXPECT_EQ("", problem_with([](Program& p) { p.groups[0].name = "layers[3]"; }));
  EXPECT_NE("", problem_with([](Program& p) { p.groups[0].name = "two\nlines"; }));
  const auto of_size = [](std::size_t size) {
    return problem_with([&](Program& p) { p.outputs[1] = std::string(size, 'a'); });
  };
  EXPECT_EQ("", of_size(maximum_text_bytes));
  EXPECT_NE("", of_size(maximum_text_bytes + 1));
}

TEST(Verify, RulesWithinTheirLimits) {
  Program program = ruled();
  ASSERT_EQ("", problem_of(program));
  program.rules[0].trigger = Rule::Trigger::spike;
  program.rules[0].count = maximum_window;
  EXPECT_EQ("", problem_of(program));
  ++program.rules[0].count;
  EXPECT_NE("", problem_of(program));
  program = ruled();
  program.rules.resize(maximum_rules, program.rules.front());
  EXPECT_EQ("", problem_of(program));
  program.rules.push_back(program.rules.front());
  EXPECT_NE("", problem_of(program));
}

// One curve that reads the one before it, so many times in each.
Program chain(std::size_t curves, std::size_t reads) {
  Program program = small();
  for (std::size_t k = 1; k < curves; ++k) {
    Code code(reads, {Operation::curve, static_cast<std::uint32_t>(k - 1)});
    program.segments.push_back({static_cast<std::uint32_t>(program.codes.size()), 0, 0});
    program.codes.push_back(std::move(code));
    program.curves.push_back({static_cast<std::uint32_t>(program.segments.size() - 1), 1, 1});
    program.codes[2][0].a = static_cast<std::uint32_t>(k);
  }
  return program;
}

TEST(Verify, EvaluatingEnds) {
  EXPECT_EQ("", problem_of(chain(maximum_curve_depth, 1)));
  EXPECT_EQ("its bound program has too many curves in curves",
            problem_of(chain(maximum_curve_depth + 1, 1)));
  EXPECT_EQ("its bound program takes too many operations for one value", problem_of(chain(30, 2)));
  // With 512 reads each, three curves over that of one operation take 512^2 + 512 + ... operations:
  // 512 + 512*(512 + 512) < 2^24 < 512 + 512*(512 + 512*1024).
  EXPECT_EQ("", problem_of(chain(3, maximum_registers)));
  EXPECT_NE("", problem_of(chain(4, maximum_registers)));
}

TEST(Verify, CodesWithinTheirLimit) {
  EXPECT_EQ("", problem_with([](Program& p) { p.codes[1].resize(512, {Operation::real, 0}); }));
  EXPECT_NE("", problem_with([](Program& p) { p.codes[1].resize(513, {Operation::real, 0}); }));
  EXPECT_NE("", problem_with([](Program& p) { p.codes[1].clear(); }));
}

TEST(StateLayout, NamesWhatAStateHolds) {
  EXPECT_EQ("", state_layout(small()));
  const std::string layout = state_layout(ruled());
  EXPECT_NE(std::string::npos, layout.find("metric "));
  EXPECT_NE(std::string::npos, layout.find("rule "));
  EXPECT_NE(std::string::npos, layout.find("reaction\n"));
}

}  // namespace
}  // namespace lrc::runtime
