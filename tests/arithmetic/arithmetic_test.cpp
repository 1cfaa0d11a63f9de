// Holds the lrc1 arithmetic to what arithmetic.h promises, with MPFR and exact integers as oracles.
//
// LRC_ARITHMETIC_ARGUMENTS=10000000 makes the run long (`make prove-arithmetic`): so many arguments
// for each function's accuracy and for the quotients, and a hundred horizons for the monotone
// grids. Build this file, too, with -ffp-contract=off: some expectations are computed here with
// binary64 operations.

#include "../../runtime/arithmetic/arithmetic.h"

#include <gtest/gtest.h>
#include <mpfr.h>
#include <boost/multiprecision/cpp_int.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <limits>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "extent.h"

namespace {

namespace tests = lrc::tests;

constexpr double largest = std::numeric_limits<double>::max();
constexpr double smallest = std::numeric_limits<double>::denorm_min();

std::uint64_t bits_of(double value) { return std::bit_cast<std::uint64_t>(value); }

// Equal bits; a test with == would let -0 pass for 0.
void expect_same(double actual, double expected, const std::string& what) {
  EXPECT_EQ(bits_of(actual), bits_of(expected))
      << what << ": " << actual << " instead of " << expected;
}

// Finite and not -0.
bool proper(double value) { return std::isfinite(value) && bits_of(value) != bits_of(-0.0); }

// ----------------------------------------------------------------------------------------------
// arguments

// splitmix64; only integers and single exact or correctly rounded operations make the arguments.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t bits() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
  }

  std::uint64_t below(std::uint64_t limit) { return bits() % limit; }

  // k/N, as the language's progress has it.
  double grid() {
    const std::uint64_t horizon = 1 + below(1000000);
    return static_cast<double>(below(horizon + 1)) / static_cast<double>(horizon);
  }

  // In [low, high], all bits of the mantissa in use.
  double uniform(double low, double high) {
    const double share = static_cast<double>(bits() >> 11) * 0x1p-53;
    const double step = (high - low) * share;
    return std::clamp(low + step, low, high);
  }

  // Positive, the exponent uniform in [lowest, highest].
  double wide(int lowest, int highest) {
    const int exponent =
        lowest + static_cast<int>(below(static_cast<std::uint64_t>(highest - lowest + 1)));
    return std::ldexp(static_cast<double>((bits() >> 12) | (std::uint64_t{1} << 52)),
                      exponent - 52);
  }

  double either_sign(double value) { return (bits() & 1) != 0 ? -value : value; }

  // At most 8 numbers beside a value that is not 0, or the value itself: seams and landmarks have
  // their mistakes there.
  double beside(double value) {
    return std::bit_cast<double>(std::bit_cast<std::uint64_t>(value) + below(17) - 8);
  }

 private:
  std::uint64_t state_;
};

struct Arguments {
  double x, y;  // y is pow's exponent
};

double from_one_to(Random& random, std::uint64_t most) {
  return static_cast<double>(1 + random.below(most));
}

Arguments sine_arguments(Random& random) {
  switch (random.below(7)) {
    case 0: return {random.either_sign(random.wide(-1074, -1)), 0};
    case 1: return {random.either_sign(random.wide(0, 49)), 0};
    case 2: return {random.uniform(0.2499, 0.2531), 0};
    case 3:
      return {0.5 * static_cast<double>(random.below(17)) - 4.0 +
                  random.either_sign(random.wide(-45, -3)),
              0};
    case 4: return {random.beside(random.either_sign(0.125 * from_one_to(random, 64))), 0};
    default: return {random.uniform(0.5, 2.0) * random.grid(), 0};
  }
}

Arguments haversine_arguments(Random& random) {
  switch (random.below(6)) {
    case 0: return {random.uniform(0.0, 1.0), 0};
    case 1: return {random.wide(-500, -1), 0};
    case 2: return {1.0 - random.wide(-53, -1), 0};
    case 3: return {random.beside(0x1p-6 * from_one_to(random, 63)), 0};
    default: return {random.grid(), 0};
  }
}

Arguments exponential_arguments(Random& random) {
  switch (random.below(7)) {
    case 0: return {random.either_sign(random.wide(-200, 9)), 0};
    case 1: return {random.uniform(-1080.0, -1020.0), 0};
    case 2: return {random.uniform(-1074.0, 1023.999), 0};
    case 3:
      return {
          static_cast<double>(random.below(41)) - 20.5 + random.either_sign(random.wide(-40, -6)),
          0};
    case 4: return {random.beside(random.either_sign(0.5 * from_one_to(random, 2045))), 0};
    default: return {random.uniform(-30.0, 30.0) * random.grid(), 0};
  }
}

// The first number of an interval of the table of logarithms, in some binade of normal numbers.
double end_of_an_interval(Random& random, int lowest, int highest) {
  constexpr std::uint64_t first_end = 0x3fe6a00000000000, apart = 0x0000200000000000;
  const double mantissa = std::bit_cast<double>(first_end + apart * random.below(128));
  return std::ldexp(
      mantissa,
      lowest + static_cast<int>(random.below(static_cast<std::uint64_t>(highest - lowest + 1))));
}

Arguments logarithm_arguments(Random& random) {
  switch (random.below(6)) {
    case 0: return {std::bit_cast<double>(random.below(0x7ff0000000000000 - 1) + 1), 0};
    case 1: return {random.uniform(0.99, 1.01), 0};
    case 2: return {1.0 + random.either_sign(random.wide(-52, -4)), 0};
    case 3: return {random.beside(end_of_an_interval(random, -1021, 1023)), 0};
    default: return {random.grid() + smallest, 0};
  }
}

Arguments tanh_arguments(Random& random) {
  switch (random.below(6)) {
    case 0: return {random.either_sign(random.wide(-1074, 4)), 0};
    case 1: return {random.either_sign(random.uniform(0.24, 0.26)), 0};
    case 2: return {random.uniform(0.50, 0.53), 0};
    case 3: return {random.beside(random.either_sign(0.125 * from_one_to(random, 160))), 0};
    default: return {3.0 * random.grid(), 0};
  }
}

Arguments power_candidates(Random& random) {
  constexpr double selected[] = {1.0, 2.0, 0.5, -1.0};
  switch (random.below(10)) {
    case 0: return {random.uniform(0.0, 1.0), 0.9};
    case 1: return {random.uniform(0.3, 2.7), random.uniform(-700.0, 700.0)};
    case 2:
      return {1.0 + random.either_sign(random.wide(-52, -8)),
              random.either_sign(random.wide(0, 58))};
    case 3: return {random.wide(-1074, 1023), random.either_sign(random.wide(-60, 10))};
    case 4:
      return {random.uniform(0.0, 1.0e6),
              random.either_sign(0.125 * static_cast<double>(random.below(40)))};
    case 5: return {random.beside(end_of_an_interval(random, -4, 4)), random.uniform(-50.0, 50.0)};
    case 6: return {random.wide(-300, 300), random.beside(selected[random.below(4)])};
    default: return {random.grid(), random.uniform(-2.0, 4.0)};
  }
}

// Only arguments of pow's domain whose result is not absurdly far below the smallest number.
Arguments power_arguments(Random& random) {
  for (;;) {
    const Arguments candidate = power_candidates(random);
    const double exponent = candidate.y * std::log2(candidate.x + smallest);
    if (exponent < 1023.99 && exponent > -1080.0 && (candidate.x > 0 || candidate.y >= 0))
      return candidate;
  }
}

// ----------------------------------------------------------------------------------------------
// accuracy

constexpr mpfr_prec_t reference_precision = 160;

class Number {
 public:
  Number() { mpfr_init2(value_, reference_precision); }
  ~Number() { mpfr_clear(value_); }
  Number(const Number&) = delete;
  Number& operator=(const Number&) = delete;

  mpfr_ptr get() { return value_; }

 private:
  mpfr_t value_;
};

// pi times a number below 2 in magnitude. Unless the sine or cosine is exactly 0, it is at least
// about 2^-50 (or as small as the number itself), so 160 bits lose nothing that matters; 0 itself
// is for the caller to see.
void times_pi(mpfr_ptr result, double turns) {
  static Number pi;
  mpfr_const_pi(pi.get(), MPFR_RNDN);
  mpfr_mul_d(result, pi.get(), turns, MPFR_RNDN);
}

void exact_sinpi(mpfr_ptr result, double x, double) {
  const double turns = std::fmod(x, 2.0);
  times_pi(result, turns);
  mpfr_sin(result, result, MPFR_RNDN);
  if (std::fmod(turns, 1.0) == 0.0) mpfr_set_zero(result, 1);
}

void exact_cospi(mpfr_ptr result, double x, double) {
  const double turns = std::fmod(x, 2.0);
  times_pi(result, turns);
  mpfr_cos(result, result, MPFR_RNDN);
  if (std::fabs(std::fmod(turns, 1.0)) == 0.5) mpfr_set_zero(result, 1);
}

void exact_havpi(mpfr_ptr result, double u, double) {
  times_pi(result, 0.5 * u);
  mpfr_sin(result, result, MPFR_RNDN);
  mpfr_sqr(result, result, MPFR_RNDN);
}

void exact_exp2(mpfr_ptr result, double x, double) {
  mpfr_set_d(result, x, MPFR_RNDN);
  mpfr_exp2(result, result, MPFR_RNDN);
}

void exact_log2(mpfr_ptr result, double x, double) {
  mpfr_set_d(result, x, MPFR_RNDN);
  mpfr_log2(result, result, MPFR_RNDN);
}

void exact_pow(mpfr_ptr result, double x, double y) {
  static Number exponent;
  mpfr_set_d(exponent.get(), y, MPFR_RNDN);
  mpfr_set_d(result, x, MPFR_RNDN);
  mpfr_pow(result, result, exponent.get(), MPFR_RNDN);
}

void exact_tanh(mpfr_ptr result, double x, double) {
  mpfr_set_d(result, x, MPFR_RNDN);
  mpfr_tanh(result, result, MPFR_RNDN);
}

// The error in units of the last place that binary64 has at the exact value.
double error_in_ulp(double actual, mpfr_ptr exact) {
  static Number difference;
  mpfr_sub_d(difference.get(), exact, actual, MPFR_RNDN);
  if (mpfr_zero_p(difference.get())) return 0.0;
  const long place = mpfr_zero_p(exact) ? -1074 : std::max<long>(mpfr_get_exp(exact) - 53, -1074);
  mpfr_mul_2si(difference.get(), difference.get(), -place, MPFR_RNDN);
  return std::fabs(mpfr_get_d(difference.get(), MPFR_RNDN));
}

struct Function {
  const char* name;
  double bound;  // in ulp
  double (*value)(double, double);
  void (*exact)(mpfr_ptr, double, double);
  Arguments (*arguments)(Random&);
};

void PrintTo(const Function& function, std::ostream* out) { *out << function.name; }

double pow_of(double x, double y) { return lrc1_pow(x, y); }

template <double (*function)(double)>
double unary(double x, double) {
  return function(x);
}

const std::array<Function, 7> functions = {{
    {"sinpi", 1.0, unary<lrc1_sinpi>, exact_sinpi, sine_arguments},
    {"cospi", 1.0, unary<lrc1_cospi>, exact_cospi, sine_arguments},
    {"havpi", 1.5, unary<lrc1_havpi>, exact_havpi, haversine_arguments},
    {"exp2", 1.0, unary<lrc1_exp2>, exact_exp2, exponential_arguments},
    {"log2", 1.0, unary<lrc1_log2>, exact_log2, logarithm_arguments},
    {"pow", 1.0, pow_of, exact_pow, power_arguments},
    {"tanh", 1.0, unary<lrc1_tanh>, exact_tanh, tanh_arguments},
}};

// Results that are subnormal, or so close to it that parts of them are.
constexpr double tiny_result = 0x1p-1000;

struct Worst {
  double error = 0.0;
  Arguments at{};

  void see(double next, const Arguments& where) {
    if (next <= error) return;
    error = next;
    at = where;
  }
};

class Accuracy : public testing::TestWithParam<Function> {};

TEST_P(Accuracy, StaysWithinTheBound) {
  const Function& function = GetParam();
  const long count = tests::argument_count();
  Random random(1);
  Number exact;
  Worst worst, worst_tiny;
  long not_nearest = 0;
  for (long i = 0; i < count; ++i) {
    const Arguments arguments = function.arguments(random);
    const double actual = function.value(arguments.x, arguments.y);
    ASSERT_TRUE(proper(actual)) << function.name << " at " << arguments.x << ", " << arguments.y;
    function.exact(exact.get(), arguments.x, arguments.y);
    const double error = error_in_ulp(actual, exact.get());
    not_nearest += error > 0.5 ? 1 : 0;
    (std::fabs(actual) < tiny_result ? worst_tiny : worst).see(error, arguments);
  }
  std::printf("%-6s %ld arguments: at most %.4f ulp at %a %a; %.3f %% not the nearest\n",
              function.name, count, worst.error, worst.at.x, worst.at.y,
              100.0 * static_cast<double>(not_nearest) / static_cast<double>(count));
  if (worst_tiny.error > 0)
    std::printf("       results below 2^-1000: at most %.4f ulp at %a %a\n", worst_tiny.error,
                worst_tiny.at.x, worst_tiny.at.y);
  EXPECT_LE(std::max(worst.error, worst_tiny.error), function.bound);
}

INSTANTIATE_TEST_SUITE_P(Arithmetic, Accuracy, testing::ValuesIn(functions),
                         [](const auto& test) { return std::string(test.param.name); });

// ----------------------------------------------------------------------------------------------
// landmarks

TEST(Landmarks, SineAndCosineAtHalfIntegers) {
  const double cycle[4] = {0.0, 1.0, 0.0, -1.0};
  for (int k = -4000; k <= 4000; ++k) {
    const double x = 0.5 * k;
    expect_same(lrc1_sinpi(x), cycle[k & 3], "sinpi");
    expect_same(lrc1_cospi(x), cycle[(k + 1) & 3], "cospi");
  }
  expect_same(lrc1_sinpi(-0.0), 0.0, "sinpi");
  expect_same(lrc1_cospi(0x1p49 + 1.0), -1.0, "cospi");
  Random random(11);
  for (int i = 0; i < 100000; ++i) {
    const auto k = static_cast<std::int64_t>(random.bits() >> (13 + random.below(51)));
    const double x = 0.5 * static_cast<double>(k);
    expect_same(lrc1_sinpi(x), cycle[k & 3], "sinpi");
    expect_same(lrc1_cospi(x), cycle[(k + 1) & 3], "cospi");
  }
}

TEST(Landmarks, HaversineAtItsEndsAndMiddle) {
  expect_same(lrc1_havpi(0.0), 0.0, "havpi");
  expect_same(lrc1_havpi(-0.0), 0.0, "havpi");
  expect_same(lrc1_havpi(0.5), 0.5, "havpi");
  expect_same(lrc1_havpi(1.0), 1.0, "havpi");
  for (int k = 0; k <= 65536; ++k)
    expect_same(lrc1_havpi(1.0 - k * 0x1p-17), 1.0 - lrc1_havpi(k * 0x1p-17), "havpi mirrored");
}

TEST(Landmarks, PowersOfTwoAndTheirLogarithms) {
  for (int k = -1074; k <= 1023; ++k) {
    const double power = std::ldexp(1.0, k);
    expect_same(lrc1_exp2(k), power, "exp2");
    expect_same(lrc1_log2(power), k, "log2");
  }
  expect_same(lrc1_exp2(-0.0), 1.0, "exp2");
  expect_same(lrc1_exp2(-1076.0), 0.0, "exp2");
  expect_same(lrc1_exp2(-1e300), 0.0, "exp2");
  EXPECT_TRUE(proper(lrc1_exp2(std::nextafter(1024.0, 0.0))));
}

TEST(Landmarks, TanhAtZeroAndFarOut) {
  expect_same(lrc1_tanh(0.0), 0.0, "tanh");
  expect_same(lrc1_tanh(-0.0), 0.0, "tanh");
  for (const double x : {20.0, 1e3, 1e308, largest}) {
    expect_same(lrc1_tanh(x), 1.0, "tanh");
    expect_same(lrc1_tanh(-x), -1.0, "tanh");
  }
}

TEST(Landmarks, OddAndEven) {
  Random random(2);
  for (int i = 0; i < 100000; ++i) {
    const double x = random.wide(-60, 40);
    expect_same(lrc1_sinpi(-x), 0.0 - lrc1_sinpi(x), "sinpi");
    expect_same(lrc1_cospi(-x), lrc1_cospi(x), "cospi");
    expect_same(lrc1_tanh(-x), 0.0 - lrc1_tanh(x), "tanh");
  }
}

TEST(Landmarks, SelectedExponents) {
  Random random(3);
  for (int i = 0; i < 200000; ++i) {
    const double x = random.wide(-1074, 1023);
    expect_same(lrc1_pow(x, 0.0), 1.0, "x^0");
    expect_same(lrc1_pow(x, 1.0), x, "x^1");
    expect_same(lrc1_pow(x, 2.0), x * x, "x^2");
    expect_same(lrc1_pow(x, 0.5), std::sqrt(x), "x^0.5");
    expect_same(lrc1_pow(x, -1.0), 1.0 / x, "x^-1");
    expect_same(lrc1_pow(1.0, random.either_sign(x)), 1.0, "1^y");
  }
}

TEST(Landmarks, PowersOfZero) {
  for (const double zero : {0.0, -0.0}) {
    expect_same(lrc1_pow(zero, 0.0), 1.0, "0^0");
    expect_same(lrc1_pow(zero, -0.0), 1.0, "0^-0");
    for (const double y : {1.0, 2.0, 0.5, 0.9, 1e-300, 1e300})
      expect_same(lrc1_pow(zero, y), 0.0, "0^y");
  }
}

TEST(Landmarks, PowersOfPowersOfTwo) {
  for (int k = -1074; k <= 1023; ++k)
    for (int quarters = -80; quarters <= 80; ++quarters) {
      const int exponent = k * quarters / 4;
      if (k * quarters % 4 == 0 && exponent >= -1074 && exponent <= 1023)
        expect_same(lrc1_pow(std::ldexp(1.0, k), 0.25 * quarters), std::ldexp(1.0, exponent),
                    "(2^k)^y");
    }
}

TEST(Landmarks, CubesOfRootsOfSquares) {
  for (std::int64_t m = 1; m <= 200000; ++m)
    expect_same(lrc1_pow(static_cast<double>(m * m), 1.5), static_cast<double>(m * m * m),
                "(m^2)^1.5");
}

TEST(Landmarks, FarExponentsOfPow) {
  expect_same(lrc1_pow(std::nextafter(1.0, 0.0), largest), 0.0, "just below 1, far");
  expect_same(lrc1_pow(std::nextafter(1.0, 2.0), -largest), 0.0, "just above 1, far");
  expect_same(lrc1_pow(smallest, largest), 0.0, "smallest^largest");
  expect_same(lrc1_pow(largest, -largest), 0.0, "largest^-largest");
  expect_same(lrc1_pow(smallest, smallest), 1.0, "smallest^smallest");
  expect_same(lrc1_pow(largest, -smallest), 1.0, "largest^-smallest");
}

// ----------------------------------------------------------------------------------------------
// monotone

TEST(Monotone, TheHorizonsAre) {
  const std::vector<long> all = tests::horizons();
  std::printf("monotone over every k/N of %zu horizons N up to %ld\n", all.size(),
              *std::ranges::max_element(all));
  EXPECT_EQ(std::set<long>(all.begin(), all.end()).size(), tests::is_long_run() ? 100U : 15U);
}

// direction 1: never falls; -1: never rises.
long wrong_steps(long horizon, int direction, const std::function<double(double)>& shape) {
  long wrong = 0;
  double before = shape(0.0) * direction;
  for (long k = 1; k <= horizon; ++k) {
    const double value = shape(static_cast<double>(k) / static_cast<double>(horizon)) * direction;
    wrong += value < before ? 1 : 0;
    before = value;
  }
  return wrong;
}

void expect_monotone(const char* name, int direction, const std::function<double(double)>& shape) {
  for (const long horizon : tests::horizons())
    EXPECT_EQ(wrong_steps(horizon, direction, shape), 0) << name << " over k/" << horizon;
}

TEST(Monotone, FunctionsOnGrids) {
  expect_monotone("sinpi(u/2)", 1, [](double u) { return lrc1_sinpi(0.5 * u); });
  expect_monotone("sinpi(u/2)^2", 1,
                  [](double u) { return lrc1_sinpi(0.5 * u) * lrc1_sinpi(0.5 * u); });
  expect_monotone("cospi(u)", -1, lrc1_cospi);
  expect_monotone("havpi(u)", 1, lrc1_havpi);
  expect_monotone("tanh(3u)", 1, [](double u) { return lrc1_tanh(3.0 * u); });
  expect_monotone("log2(1 + u)", 1, [](double u) { return lrc1_log2(1.0 + u); });
  expect_monotone("log2(u)", 1, [](double u) { return lrc1_log2(u + smallest); });
  for (const double rate : {0.5, 1.0, 3.0, 10.0, 700.0}) {
    expect_monotone("exp2", 1, [=](double u) { return lrc1_exp2(rate * u); });
    expect_monotone("exp2 falling", -1, [=](double u) { return lrc1_exp2(-rate * u); });
  }
}

TEST(Monotone, PowOnGrids) {
  for (const double exponent : {0.1, 0.25, 1.0 / 3.0, 0.5, 0.9, 1.0, 1.2, 1.5, 2.0, 3.0, 5.0}) {
    expect_monotone("u^p", 1, [=](double u) { return lrc1_pow(u, exponent); });
    expect_monotone("(1-u)^p", -1, [=](double u) { return lrc1_pow(1.0 - u, exponent); });
    expect_monotone("(1+u)^-p", -1, [=](double u) { return lrc1_pow(1.0 + u, -exponent); });
  }
  for (const double base : {0.01, 0.1, 0.5, 0.999, 1.001, 10.0})
    expect_monotone("base^u", base < 1.0 ? -1 : 1, [=](double u) { return lrc1_pow(base, u); });
}

// Not promised in arithmetic.h, but a fall here would be the first to hear of a bad seam.
TEST(Monotone, NeighboursAroundTheSeams) {
  const std::vector<std::pair<double (*)(double), double>> seams = {
      {lrc1_sinpi, 0.25},     {lrc1_havpi, 0.5},      {lrc1_exp2, 0.5}, {lrc1_exp2, -0.5},
      {lrc1_exp2, 1.5},       {lrc1_tanh, 0.25},      {lrc1_log2, 1.0}, {lrc1_log2, 0x1.6ap-1},
      {lrc1_log2, 1.0078125}, {lrc1_log2, 0x1p-1022},
  };
  for (const auto& [function, seam] : seams) {
    // Towards greater numbers, which for a negative seam means smaller magnitudes.
    const std::uint64_t step = seam > 0 ? 1 : ~std::uint64_t{0};
    std::uint64_t bits = bits_of(seam) - 20000 * step;
    double before = function(std::bit_cast<double>(bits));
    for (int i = 0; i < 40000; ++i) {
      bits += step;
      const double value = function(std::bit_cast<double>(bits));
      ASSERT_GE(value, before) << "seam " << seam;
      before = value;
    }
  }
}

// ----------------------------------------------------------------------------------------------
// quotient

using Integer = boost::multiprecision::cpp_int;

Integer exact_integer(lrc1_wide value) {
  return (Integer(static_cast<std::uint64_t>(value >> 64)) << 64) +
         Integer(static_cast<std::uint64_t>(value));
}

// Whether mantissa*2^exponent is the binary64 number nearest to numerator/denominator, ties to
// even: the quotient lies between the two half-way points, and on one of them only if the mantissa
// is even.
bool nearest_even(const Integer& numerator, const Integer& denominator, std::int64_t mantissa,
                  int exponent) {
  const bool below_is_narrow = mantissa == std::int64_t{1} << 52;
  Integer scaled = numerator * 4;
  Integer unit = denominator;
  if (exponent >= 0)
    unit <<= exponent;
  else
    scaled <<= -exponent;
  const Integer lower = unit * (4 * Integer(mantissa) - (below_is_narrow ? 1 : 2));
  const Integer upper = unit * (4 * Integer(mantissa) + 2);
  if (mantissa % 2 == 0) return lower <= scaled && scaled <= upper;
  return lower < scaled && scaled < upper;
}

void expect_correct_quotient(lrc1_wide numerator, lrc1_wide denominator) {
  const double actual = lrc1_quotient(numerator, denominator);
  if (numerator == 0) {
    expect_same(actual, 0.0, "quotient");
    return;
  }
  ASSERT_TRUE(proper(actual) && actual > 0.0);
  int exponent = 0;
  const auto mantissa = static_cast<std::int64_t>(std::ldexp(std::frexp(actual, &exponent), 53));
  ASSERT_TRUE(
      nearest_even(exact_integer(numerator), exact_integer(denominator), mantissa, exponent - 53))
      << exact_integer(numerator) << "/" << exact_integer(denominator) << " gave " << actual;
}

lrc1_wide random_wide(Random& random) {
  const auto bits = static_cast<int>(1 + random.below(126));
  const std::uint64_t upper = random.bits();
  const std::uint64_t lower = random.bits();
  return ((static_cast<lrc1_wide>(upper) << 64) | lower) >> (128 - bits);
}

constexpr lrc1_wide wide_limit = static_cast<lrc1_wide>(1) << 126;

TEST(Quotient, RandomIntegers) {
  Random random(4);
  for (long i = 0; i < tests::argument_count(); ++i)
    expect_correct_quotient(random_wide(random), random_wide(random) + 1);
}

TEST(Quotient, ProgressOfAPhase) {
  Random random(5);
  for (long i = 0; i < tests::argument_count() / 2; ++i) {
    const lrc1_wide length = random_wide(random) + 1;
    const lrc1_wide done = random_wide(random) % (length + 1);
    expect_correct_quotient(done, length);
    EXPECT_LE(lrc1_quotient(done, length), 1.0);
  }
}

// (2m + 1)*d/2d lies half-way between two 53-bit numbers; one more or one less in the numerator
// decides it.
TEST(Quotient, HalfWayCases) {
  Random random(6);
  for (long i = 0; i < tests::argument_count() / 4; ++i) {
    const lrc1_wide odd = (std::uint64_t{1} << 53) + 2 * random.below(std::uint64_t{1} << 52) + 1;
    const auto shift = static_cast<int>(random.below(20));
    const lrc1_wide denominator = static_cast<lrc1_wide>((random.bits() >> 12) | 1) << shift;
    const lrc1_wide numerator = odd * denominator;
    if (numerator >= wide_limit - 1) continue;
    expect_correct_quotient(numerator, denominator);
    expect_correct_quotient(numerator + 1, denominator);
    expect_correct_quotient(numerator - 1, denominator);
    expect_correct_quotient(numerator, denominator << (random.below(3) + 1));
  }
}

TEST(Quotient, AroundTheLimitsOfThePaths) {
  std::vector<lrc1_wide> values = {0, 1, 2, 3, 7, 10};
  for (const int exponent : {31, 32, 52, 53, 54, 63, 64, 65, 105, 106, 107, 125, 126})
    for (int offset = -3; offset <= 3; ++offset) {
      const lrc1_wide value =
          (static_cast<lrc1_wide>(1) << exponent) + static_cast<lrc1_wide>(offset);
      if (value < wide_limit) values.push_back(value);
    }
  for (const lrc1_wide numerator : values)
    for (const lrc1_wide denominator : values)
      if (denominator != 0) expect_correct_quotient(numerator, denominator);
}

// The short path and the integer path agree: a common factor changes nothing.
TEST(Quotient, CommonFactorsDoNotMatter) {
  Random random(7);
  for (int i = 0; i < 100000; ++i) {
    const lrc1_wide numerator = random.bits() >> 11;
    const lrc1_wide denominator = (random.bits() >> (11 + random.below(52))) + 1;
    const lrc1_wide factor =
        (random.bits() >> 1 >> random.below(60)) % (std::uint64_t{1} << 62) + 1;
    if (denominator < (static_cast<lrc1_wide>(1) << 53))
      expect_same(lrc1_quotient(numerator * factor, denominator * factor),
                  lrc1_quotient(numerator, denominator), "quotient");
  }
}

// ----------------------------------------------------------------------------------------------
// whole numbers

// Any size up to all 128 bits.
lrc1_wide random_word(Random& random) {
  const std::uint64_t upper = random.bits();
  const std::uint64_t lower = random.bits();
  return ((static_cast<lrc1_wide>(upper) << 64) | lower) >> random.below(128);
}

void expect_correct_division(lrc1_wide numerator, lrc1_wide denominator) {
  const Integer n = exact_integer(numerator);
  const Integer d = exact_integer(denominator);
  ASSERT_EQ(exact_integer(lrc1_divide(numerator, denominator)), Integer(n / d)) << n << "/" << d;
  ASSERT_EQ(exact_integer(lrc1_remainder(numerator, denominator)), Integer(n % d)) << n << "/" << d;
}

TEST(Division, RandomIntegers) {
  Random random(11);
  for (int i = 0; i < 200000; ++i) {
    const lrc1_wide denominator = std::max<lrc1_wide>(random_word(random), 1);
    expect_correct_division(random_word(random), denominator);
    const lrc1_wide most = ~lrc1_wide{0} / denominator;
    const lrc1_wide multiple = denominator * (random_word(random) % most);
    expect_correct_division(multiple, denominator);
    expect_correct_division(multiple + denominator - 1, denominator);
  }
}

TEST(Division, AroundPowersOfTwo) {
  std::vector<lrc1_wide> values = {~lrc1_wide{0}};
  for (int exponent = 0; exponent < 128; ++exponent)
    for (int offset = -1; offset <= 1; ++offset)
      values.push_back((lrc1_wide{1} << exponent) + static_cast<lrc1_wide>(offset));
  for (const lrc1_wide numerator : values)
    for (const lrc1_wide denominator : values)
      if (denominator != 0) expect_correct_division(numerator, denominator);
}

// What a quotient by 1 is, and every tie with its neighbours.
TEST(Nearest, IsCorrectlyRounded) {
  Random random(12);
  for (int i = 0; i < 200000; ++i) {
    const lrc1_wide value = random_wide(random);
    expect_same(lrc1_nearest(value), lrc1_quotient(value, 1), "nearest");
    const lrc1_wide odd = (std::uint64_t{1} << 53) + random.below(std::uint64_t{1} << 53);
    const lrc1_wide near_tie = (odd << random.below(72)) + random.below(3) - 1;
    expect_same(lrc1_nearest(near_tie), lrc1_quotient(near_tie, 1), "nearest");
  }
  expect_same(lrc1_nearest(~lrc1_wide{0}), 0x1p128, "nearest");
  expect_same(lrc1_nearest((lrc1_wide{1} << 63) - 1), 0x1p63, "nearest");
}

TEST(Passed, CountsLikeALinearSearch) {
  Random random(13);
  for (int i = 0; i < 20000; ++i) {
    std::vector<std::int64_t> entries(random.below(20));
    for (std::int64_t& entry : entries) entry = static_cast<std::int64_t>(random.below(40));
    std::sort(entries.begin(), entries.end());
    const std::vector<lrc1_integer> wide(entries.begin(), entries.end());
    const auto size = static_cast<std::int64_t>(entries.size());
    const auto position = static_cast<std::int64_t>(random.below(42)) - 1;
    const auto expected = std::count_if(entries.begin(), entries.end(),
                                        [=](std::int64_t entry) { return entry <= position; });
    EXPECT_EQ(lrc1_passed(entries.data(), size, position), expected);
    EXPECT_EQ(lrc1_passed_wide(wide.data(), size, position), expected);
  }
}

// ----------------------------------------------------------------------------------------------
// ramp

TEST(Ramp, EndsAreExact) {
  Random random(8);
  for (int i = 0; i < 100000; ++i) {
    const double a = random.either_sign(random.wide(-60, 10));
    const double b = random.either_sign(random.wide(-60, 10));
    const double s = random.uniform(-0.5, 1.5);
    for (const double u : {0.0, -0.0, -smallest, -3.0})
      expect_same(lrc1_ramp(a, b, u, s), a, "start");
    for (const double u : {1.0, 1.5, 1e300}) expect_same(lrc1_ramp(a, b, u, s), b, "end");
  }
}

TEST(Ramp, NothingLiesBeyondTheEnds) {
  Random random(9);
  for (int i = 0; i < 200000; ++i) {
    const double a = random.either_sign(random.wide(-60, 10));
    const double b =
        (i & 1) != 0 ? a * random.uniform(0.9, 1.1) : random.either_sign(random.wide(-60, 10));
    const double value = lrc1_ramp(a, b, random.uniform(smallest, 1.0), random.uniform(-0.5, 1.5));
    EXPECT_LE(std::min(a, b), value);
    EXPECT_GE(std::max(a, b), value);
    expect_same(lrc1_ramp(a, b, 0.5, 1.0 + smallest), lrc1_ramp(a, b, 0.5, 7.0), "s above 1");
    expect_same(lrc1_ramp(a, b, 0.5, -1.0), a, "s below 0");
  }
}

TEST(Ramp, TheFormulaInBetween) {
  expect_same(lrc1_ramp(1.0, 3.0, 0.5, 0.25), 1.5, "ramp");
  expect_same(lrc1_ramp(3.0, 1.0, 0.5, 0.25), 2.5, "ramp");
  expect_same(lrc1_ramp(2.0, 2.0, 0.5, 0.25), 2.0, "ramp");
  // A ramp whose plain formula ends an ulp beside its end.
  const double a = 0.1;
  const double b = 0.7;
  const double difference = b - a;
  const double product = difference * lrc1_havpi(0.3);
  expect_same(lrc1_ramp(a, b, 0.3, lrc1_havpi(0.3)), a + product, "ramp");
}

TEST(Ramp, NoNegativeZero) {
  expect_same(lrc1_ramp(-0.0, 1.0, 0.0, 0.0), 0.0, "ramp");
  expect_same(lrc1_ramp(1.0, -0.0, 1.0, 0.0), 0.0, "ramp");
  expect_same(lrc1_ramp(-0.0, -0.0, 0.5, 0.5), 0.0, "ramp");
  expect_same(lrc1_ramp(0.0, -smallest, 0.5, 0.25), 0.0, "ramp");
  EXPECT_TRUE(proper(lrc1_ramp(0x1p1022, -0x1p1022, 0.5, 0.5)));
}

TEST(Ramp, MonotoneWhereTheShapeIs) {
  const std::vector<std::pair<double, double>> ends = {
      {0.0, 1.0}, {1.0, 0.0}, {6e-4, 6e-5},      {1e-7, 3e-3},  {1.0, 0.01},
      {0.3, 0.1}, {0.1, 0.3}, {1.0 / 3.0, 1e-9}, {0.7, 0.7001}, {0.1, 0.1 + 1e-16}};
  for (const auto& [a, b] : ends)
    for (double (*shape)(double) : {+[](double u) { return u; }, lrc1_havpi})
      expect_monotone("ramp", a < b ? 1 : -1,
                      [=](double u) { return lrc1_ramp(a, b, u, shape(u)); });
}

// ----------------------------------------------------------------------------------------------
// same bits

void mix(std::uint64_t& checksum, double value) {
  checksum = (checksum ^ bits_of(value)) * 0x9e3779b97f4a7c15;
  checksum ^= checksum >> 29;
}

// The arguments come from integers and exact operations alone, drawn one statement after the other
// (the order in which a call's arguments are evaluated differs between compilers), so that nothing
// but the arithmetic decides.
std::uint64_t checksum_of_all(int count) {
  Random random(10);
  std::uint64_t checksum = 0;
  for (int i = 0; i < count; ++i) {
    const double u = static_cast<double>(random.bits() >> 11) * 0x1p-53;
    const double wide = std::bit_cast<double>(random.below(0x7fe0000000000000) + 1);
    const double angle = (u - 0.5) * 0x1p12;
    const double y = static_cast<double>(static_cast<std::int64_t>(random.bits())) * 0x1p-57;
    const lrc1_wide numerator = random_wide(random);
    const lrc1_wide denominator = random_wide(random) + 1;
    mix(checksum, lrc1_sinpi(angle));
    mix(checksum, lrc1_cospi(angle));
    mix(checksum, lrc1_havpi(u));
    mix(checksum, lrc1_exp2(angle * 0.5));
    mix(checksum, lrc1_log2(wide));
    mix(checksum, lrc1_log2(1.0 + u));
    mix(checksum, lrc1_pow(u, y));
    mix(checksum, lrc1_pow(wide, y * 0x1p-10));
    mix(checksum, lrc1_tanh(angle * 0x1p-9));
    mix(checksum, lrc1_quotient(numerator, denominator));
    mix(checksum, lrc1_ramp(u, y, 1.0 - u, lrc1_havpi(1.0 - u)));
  }
  return checksum;
}

// A change detector, not an oracle: the value is what this code gave when it was written. It says
// that the results of lrc1 moved or that a compiler fused or reordered something; it does not say
// that the old ones were right. It never changes for lrc1, because equal policy hashes promise
// equal bits in every later release.
constexpr std::uint64_t expected_checksum = 0xad0e035fe461dc06;

TEST(SameBits, ChecksumOfAllFunctions) {
  const std::uint64_t checksum = checksum_of_all(100000);
  std::printf("lrc1 checksum over 100000 arguments of every function: %016llx\n",
              static_cast<unsigned long long>(checksum));
  EXPECT_EQ(checksum, expected_checksum);
}

}  // namespace
