#include "compiler/exact/rational.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <random>

#include "compiler/exact/units.h"
#include "compiler/syntax/number.h"

namespace lrc::exact {
namespace {

// The C library's reading of a decimal is correctly rounded, too, and is not our code.
double nearest(const std::string& decimal) { return std::strtod(decimal.c_str(), nullptr); }

TEST(ToDouble, AgreesWithTheCLibraryOnDecimals) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 200'000; ++i) {
    const std::string decimal = std::to_string(random() % 1'000'000'000'000'000'000ULL) + "e" +
                                std::to_string(static_cast<int>(random() % 600) - 318);
    const double expected = nearest(decimal);
    const double value = to_double(*syntax::parse_number(decimal));
    ASSERT_EQ(std::isinf(expected), std::isinf(value)) << decimal;
    if (!std::isinf(expected)) {
      ASSERT_EQ(expected, value) << decimal;
    }
  }
}

TEST(ToDouble, RoundsHalvesToEven) {
  const Integer one = 1;
  const Rational ulp(one, Integer(one << 52));
  EXPECT_EQ(to_double(1 + ulp / 2), 1.0);
  EXPECT_EQ(to_double(1 + 3 * ulp / 2), 1.0 + 0x1p-51);
  EXPECT_EQ(to_double(1 + ulp / 2 + Rational(one, Integer(one << 200))), 1.0 + 0x1p-52);
  EXPECT_EQ(to_double(2 - ulp / 4), 2.0);
}

TEST(ToDouble, KeepsSubnormals) {
  const Integer one = 1;
  EXPECT_EQ(to_double(Rational(one, Integer(one << 1074))), 0x1p-1074);
  EXPECT_EQ(to_double(Rational(one, Integer(one << 1075))), 0.0);
  EXPECT_EQ(to_double(Rational(Integer(3), Integer(one << 1075))), 0x1p-1073);
  EXPECT_EQ(to_double(Rational(-1, 3)), -1.0 / 3.0);
}

TEST(FromDouble, IsExact) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 10'000; ++i) {
    const double value =
        std::ldexp(static_cast<double>(random()), static_cast<int>(random() % 2000) - 1100);
    if (!std::isfinite(value)) continue;
    ASSERT_EQ(to_double(from_double(value)), value);
  }
}

TEST(Text, ReadsBackAndIsInLowestTerms) {
  EXPECT_EQ(to_text(Rational(6, 100)), "3/50");
  EXPECT_EQ(to_text(Rational(4, 2)), "2");
  EXPECT_EQ(from_text("3/50"), Rational(3, 50));
  EXPECT_EQ(from_text("-1/3"), Rational(-1, 3));
  for (const char* other : {"6/100", "2/1", "1/0", "", "/", "01", "1.5", "+1", "1/-3", "-0"}) {
    EXPECT_EQ(from_text(other), std::nullopt) << other;
  }
}

TEST(Decimal, MarksWhatIsCut) {
  EXPECT_EQ(to_decimal(Rational(5982, 100)), "59.82");
  EXPECT_EQ(to_decimal(Rational(1, 3)), "0.333333…");
  EXPECT_EQ(to_decimal(Rational(1, 1000)), "0.001");
  EXPECT_EQ(to_decimal(Rational(12345678)), "12345678");
  EXPECT_EQ(to_decimal(Rational(-5, 2)), "-2.5");
}

TEST(FloorAndCeiling, OfBothSigns) {
  EXPECT_EQ(floor(Rational(7, 2)), 3);
  EXPECT_EQ(floor(Rational(-7, 2)), -4);
  EXPECT_EQ(ceiling(Rational(7, 2)), 4);
  EXPECT_EQ(ceiling(Rational(-7, 2)), -3);
  EXPECT_EQ(ceiling(Rational(4)), 4);
}

TEST(Number, EqualNumbersAreTheSameNumber) {
  using syntax::parse_number;
  EXPECT_EQ(parse_number("6.0"), parse_number("6"));
  EXPECT_EQ(parse_number(".5"), parse_number("5e-1"));
  EXPECT_EQ(parse_number("1_000"), parse_number("1K"));
  EXPECT_EQ(parse_number("2.5M"), parse_number("2500000"));
  EXPECT_EQ(parse_number("1B"), parse_number("1e9"));
  EXPECT_EQ(parse_number("1T"), parse_number("1e+12"));
  EXPECT_EQ(parse_number("4Ki"), parse_number("4096"));
  EXPECT_EQ(parse_number("010"), parse_number("10"));  // never octal
  for (const char* other : {"", "K", "5k", "1KB", "1e"})
    EXPECT_EQ(parse_number(other), std::nullopt) << other;
}

TEST(Conversions, JoinThroughRates) {
  Conversions rates;
  ASSERT_TRUE(rates.add({Unit::steps, 512, Unit::samples}));
  ASSERT_TRUE(rates.add({Unit::samples, 4096, Unit::tokens}));
  ASSERT_TRUE(rates.add({Unit::epochs, 50'000, Unit::samples}));
  EXPECT_EQ(rates.factor(Unit::tokens, Unit::steps), Rational(1, 512 * 4096));
  EXPECT_EQ(rates.factor(Unit::epochs, Unit::steps), Rational(50'000, 512));
}

TEST(Conversions, RefuseContradictions) {
  Conversions rates;
  ASSERT_TRUE(rates.add({Unit::steps, 512, Unit::samples}));
  ASSERT_TRUE(rates.add({Unit::epochs, 100, Unit::steps}));
  EXPECT_TRUE(rates.add({Unit::epochs, 51'200, Unit::samples}));
  EXPECT_FALSE(rates.add({Unit::epochs, 50'000, Unit::samples}));
  EXPECT_EQ(rates.factor(Unit::tokens, Unit::steps), std::nullopt);
}

}  // namespace
}  // namespace lrc::exact
