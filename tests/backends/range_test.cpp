// Intervals against all their members, and the landmarks of a progress against a search for them.

#include "compiler/backends/positions/range.h"

#include <gtest/gtest.h>

#include "compiler/backends/llvm/landmarks.h"
#include "compiler/backends/llvm/real_range.h"

namespace lrc::backends::llvm {
namespace {

using runtime::Operation;
using runtime::Program;

constexpr int largest = 6;

template <typename Check>
void for_each_range(const Check& check) {
  for (int low = -largest; low <= largest; ++low) {
    for (int high = low; high <= largest; ++high) check(Range{low, high});
  }
}

bool holds(const Range& range, Integer value) { return within({value, value}, range); }

TEST(Range, HoldsEveryResult) {
  for_each_range([](const Range& value) {
    for (int low = 1; low <= largest; ++low) {
      const Range divisor = {low, largest};
      for (Integer x = value.low; x <= value.high; ++x) {
        for (Integer d = divisor.low; d <= divisor.high; ++d) {
          EXPECT_TRUE(holds(quotient(value, divisor), x / d));
          EXPECT_TRUE(holds(remainder(value, divisor), x % d));
          EXPECT_TRUE(holds(limited(value, divisor), std::min(std::max<Integer>(x, 0), d)));
        }
        for (Integer factor = -largest; factor <= largest; ++factor) {
          EXPECT_TRUE(holds(linear(value, factor, low), x * factor + low));
        }
      }
    }
  });
}

TEST(Range, WhatLeaves128BitsIsAnything) {
  const Integer large = static_cast<Integer>(1) << 100;
  EXPECT_EQ(linear({0, large}, large, 0), any_integer);
  EXPECT_EQ(linear({0, 1}, integer_high, large), any_integer);
}

TEST(Range, WordsAreSixtyFourBits) {
  EXPECT_TRUE(fits_word(any_step));
  EXPECT_FALSE(fits_word({0, any_step.high + 1}));
  EXPECT_FALSE(fits_word({-any_step.high - 2, 0}));
}

TEST(RealRange, KeepsTrackOfNegativeZero) {
  const RealRange share = {0, 1};
  const RealRange falling = {-1, -1};
  EXPECT_TRUE(product(share, falling)->negative_zero);
  EXPECT_FALSE(product(share, share)->negative_zero);
  EXPECT_FALSE(sum(*product(share, falling), share)->negative_zero);
  EXPECT_FALSE(never_below(*product(share, share), {0, 0, true}));
  EXPECT_TRUE(never_below(share, {0, 0}));
}

TEST(RealRange, IsUnknownWhereItCouldOverflow) {
  EXPECT_FALSE(product({0, 1e200}, {0, 1e200}));
  EXPECT_FALSE(sum({0, 1.7e308}, {0, 1.7e308}));
}

// One segment: havpi of (position*factor + addend)/length.
Program cosine(Integer factor, Integer addend, Integer length) {
  Program program;
  program.codes = {{{Operation::small_progress, 0}, {Operation::havpi, 0}}};
  program.integers = {factor, addend, length};
  return program;
}

TEST(Landmarks, AreWhereTheComparisonsTurn) {
  const Range positions = {0, 40};
  for (Integer factor = 1; factor <= 3; ++factor) {
    for (Integer addend = -20; addend <= 5; ++addend) {
      for (Integer length = 1; length <= 30; ++length) {
        const Program program = cosine(factor, addend, length);
        const Use use = {{0, 0, 0}, positions};
        std::vector<Integer> expected;
        const auto side = [&](Integer position) {
          const Integer n = position * factor + addend;
          return (n > 0 ? 1 : 0) + (2 * n > length ? 1 : 0) + (n >= length ? 1 : 0);
        };
        for (Integer position = 1; position <= positions.high; ++position) {
          if (side(position) != side(position - 1)) expected.push_back(position);
        }
        std::vector<Integer> cuts;
        for (const Use& piece : cut_at_landmarks(program, std::span(&use, 1))) {
          if (piece.positions.low > 0) cuts.push_back(piece.positions.low);
        }
        ASSERT_EQ(cuts, expected);
      }
    }
  }
}

}  // namespace
}  // namespace lrc::backends::llvm
