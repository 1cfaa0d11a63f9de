// The definition of the lrc1 arithmetic; see arithmetic.h for what the functions promise.
//
// Whoever changes the order of one operation here changes what a policy's hash means. Two habits to
// know:
//
// - A result is the sum of a dominant part that is exact and a small rest. The dominant part is
//   itself a sum of two exact numbers; Fast2Sum catches its rounding error and adds it to the rest.
//   Only the small rest is rounded more than once, and that keeps the error below 1 ulp without a
//   fused multiply-add.
// - "+ 0.0" turns -0 into 0 and changes nothing else.
//
// Only what both g++ and clang accept and what needs no library at run time is used: the clang
// build is bitcode that the JIT links into every policy, the g++ build is the interpreter's.

#include "arithmetic.h"

#include <cstdint>

#ifdef __FAST_MATH__
#error "lrc1 is defined by correctly rounded operations: compile without fast-math"
#endif
static_assert(__FLT_EVAL_METHOD__ == 0, "lrc1 needs binary64 operations without excess precision");
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

namespace {

// Everything marked "derived" below, and tables.inc, is what derive_tables.py prints;
// `derive_tables.py --check` compares.

constexpr double natural_log_of_2 = 0x1.62e42fefa39efp-1;        // ln 2
constexpr double inverse_log_high = 0x1.7154768p+0;              // 1/ln 2, the leading 26 bits
constexpr double inverse_log_low = -0x1.6a3e80f444178p-27;       // 1/ln 2 - inverse_log_high
constexpr double twice_inverse_log = 0x1.71547652b82fep+1;       // 2/ln 2
constexpr double twice_inverse_log_low = 0x1.777d0ffda0d24p-55;  // 2/ln 2 - twice_inverse_log
// sin(pi y)/y - 3 in z = y*y, |y| <= 1/4; relative error about 2^-57.9
constexpr double sine_coefficients[7] = {
    0x1.21fb54442d184p-3, -0x1.4abbce625be4p+2,  0x1.466bc67758656p+1,  -0x1.32d2cce2cbd54p-1,
    0x1.50782fc241e8bp-4, -0x1.e3005d2cd0c4ap-8, 0x1.e3ecd549e5703p-12,
};
// (cos(pi y) - 1)/z + 4 in z = y*y, |y| <= 1/4; relative error about 2^-63.2
constexpr double cosine_coefficients[7] = {
    -0x1.de9e64df22ef2p-1, 0x1.03c1f081b5aa3p+2,  -0x1.55d3c7e3c83cfp+0,  0x1.e1f5068239e8ep-3,
    -0x1.a6d1ebb3461bap-6, 0x1.f9cbb778a17f1p-10, -0x1.b23edb0a8ab12p-14,
};
// sin(pi y/2)^2/z - 2 in z = y*y, 0 <= y <= 1/2; relative error about 2^-55.6
constexpr double haversine_coefficients[8] = {
    0x1.de9e64df22ef2p-2, -0x1.03c1f081b5a99p+1,  0x1.55d3c7e3c8b21p-1,  -0x1.e1f50685e8be2p-4,
    0x1.a6d1f1184dfd3p-7, -0x1.f9d2bb604e9d9p-11, 0x1.b6a5d640a0439p-15, -0x1.1785891eaad1cp-19,
};
// (2^f - 1 - f/2)/f, |f| <= 1/2; relative error about 2^-61.5
constexpr double exponential_coefficients[12] = {
    0x1.8b90bfbe8e7bdp-3,  0x1.ebfbdff82c58fp-3,  0x1.c6b08d704a0a3p-5,  0x1.3b2ab6fba4d46p-7,
    0x1.5d87fe78a8bb4p-10, 0x1.430912f8c30ddp-13, 0x1.ffcbfc5b83bap-17,  0x1.62c020e46e2acp-20,
    0x1.b5250b860978ap-24, 0x1.e4d40ae4e37e8p-28, 0x1.e9c297ea7815bp-32, 0x1.bde55ff3bec22p-36,
};
// (log2(1 + r) - (r - r^2/2)/ln 2)/r^3, |r| <= 2^-7; relative error about 2^-72.7
constexpr double logarithm_coefficients[7] = {
    0x1.ec709dc3a03fdp-2, -0x1.71547652b8396p-2, 0x1.2776c50f03277p-2, -0x1.ec709dab2d54bp-3,
    0x1.a6175b47c34e6p-3, -0x1.715dfa8734457p-3, 0x1.4935dcac7d6bp-3,
};
// (tanh(x)/x - 1)/z in z = x*x, |x| <= 1/4; relative error about 2^-65.9
constexpr double tanh_coefficients[9] = {
    -0x1.5555555555555p-2,  0x1.1111111111002p-3,  -0x1.ba1ba1b9f394cp-5,
    0x1.664f486aae18bp-6,   -0x1.226e2d12dedc5p-7, 0x1.d6d06175f3dd5p-9,
    -0x1.7d35f7d67b575p-10, 0x1.2d932f759b7e5p-11, -0x1.6a1bfce9ff6e7p-13,
};

constexpr std::uint64_t logarithm_first_bits =
    0x3fe6a00000000000;                    // 0.70703125; the first interval begins here
constexpr int logarithm_index_shift = 45;  // 128 intervals in a binade

// One row per interval of the argument's mantissa.
struct LogarithmRow {
  double factor;     // c, about the reciprocal, of 8 significant bits
  double high, low;  // -log2(c)
};
constexpr LogarithmRow logarithm_table[128] = {
#include "tables.inc"
};

// Adding this rounds a number below 2^51 in magnitude to an integer, to nearest even, and leaves
// the integer in the low bits of the sum.
constexpr double rounder = 0x1.8p+52;

// 2^1024 is out of range and 2^-1075 rounds to 0; beyond these limits nothing changes any more.
constexpr double exponent_limit = 1100.0;

constexpr std::uint64_t sign_bit = 0x8000000000000000;
constexpr std::uint64_t leading_part =
    0xfffffffff8000000;  // sign, exponent and the upper 26 bits of a mantissa

// A number as an unevaluated sum: high is the sum rounded, low what that loses.
struct Sum {
  double high, low;
};

inline std::uint64_t bits_of(double value) { return __builtin_bit_cast(std::uint64_t, value); }

inline double from_bits(std::uint64_t bits) { return __builtin_bit_cast(double, bits); }

// 2^exponent for a result in the normal range.
inline double power_of_two(std::int64_t exponent) {
  return from_bits(static_cast<std::uint64_t>(exponent + 1023) << 52);
}

inline double magnitude(double value) { return from_bits(bits_of(value) & ~sign_bit); }

inline double select(bool condition, double yes, double no) { return condition ? yes : no; }

// Into [low, high]; low for NaN.
inline double limited(double value, double low, double high) {
  const double raised = value > low ? value : low;
  return raised < high ? raised : high;
}

// The sum and its rounding error. Needs |larger| >= |smaller|, or larger = 0.
inline Sum fast_two_sum(double larger, double smaller) {
  const double high = larger + smaller;
  return {high, (larger - high) + smaller};
}

// The upper 26 bits and the lower 27 bits. A mask instead of Veltkamp's multiplication: it cannot
// overflow.
inline Sum split(double value) {
  const double high = from_bits(bits_of(value) & leading_part);
  return {high, value - high};
}

// The product and its rounding error (Dekker), up to the last bit of the product of the two lower
// halves.
inline Sum two_product(double a, double b) {
  const double high = a * b;
  const Sum as = split(a);
  const Sum bs = split(b);
  const double cross = (as.high * bs.high - high) + as.high * bs.low;
  return {high, (cross + as.low * bs.high) + as.low * bs.low};
}

// Horner's rule, from the last coefficient to the first.
template <std::uint64_t count>
inline double polynomial(const double (&coefficients)[count], double t) {
  double value = coefficients[count - 1];
  for (std::uint64_t i = count - 1; i > 0; --i) value = value * t + coefficients[i - 1];
  return value;
}

// ----------------------------------------------------------------------------------------------
// sine and cosine

// sin(pi (x + quarter_turns/2)). With x = n/2 + y and |y| <= 1/4, exactly, the dominant part is 3y
// for the sine of pi y and 1 - 4z for its cosine.
inline double sine_of_turns(double x, std::uint64_t quarter_turns) {
  const double rounded = 2.0 * x + rounder;
  const std::uint64_t n = bits_of(rounded) + quarter_turns;
  const double y = x - 0.5 * (rounded - rounder);
  const double z = y * y;
  const bool odd = (n & 1) != 0;
  const Sum dominant = fast_two_sum(select(odd, 1.0, 2.0 * y), select(odd, -4.0 * z, y));
  const double rest = select(odd, z, y) * select(odd, polynomial(cosine_coefficients, z),
                                                 polynomial(sine_coefficients, z));
  const double value = dominant.high + (dominant.low + rest);
  return from_bits(bits_of(value) ^ ((n & 2) << 62)) + 0.0;
}

// ----------------------------------------------------------------------------------------------
// powers of two

struct Exponential {
  double dominant, rest;  // their sum is 2^f
  std::int64_t exponent;  // the whole part
};

// 2^(high + low) for |high| <= exponent_limit and a low that is small beside 1. The dominant part
// is 1 + f/2.
inline Exponential exponential(double high, double low) {
  const double rounded = high + rounder;
  const double f = high - (rounded - rounder);
  const Sum dominant = fast_two_sum(1.0, 0.5 * f);
  const double curved = f * polynomial(exponential_coefficients, f);
  const double first_order = low * natural_log_of_2 * (dominant.high + curved);
  return {dominant.high, dominant.low + (curved + first_order),
          static_cast<std::int64_t>(bits_of(rounded) - bits_of(rounder))};
}

// value * 2^exponent for |exponent| <= 1100, rounded once, where it becomes subnormal.
inline double scaled(double value, std::int64_t exponent) {
  const std::int64_t half = exponent / 2;
  return value * power_of_two(half) * power_of_two(exponent - half);
}

// ----------------------------------------------------------------------------------------------
// logarithm

struct Decomposition {
  double exponent;  // x = mantissa * 2^exponent
  double mantissa;  // in [0.70703125, 1.4140625)
  LogarithmRow row;
};

inline Decomposition decompose(double x) {
  const bool subnormal = x < 0x1p-1022;
  const std::uint64_t bits = bits_of(select(subnormal, x * 0x1p+52, x));
  const std::uint64_t offset = bits - logarithm_first_bits;
  const std::uint64_t exponent_part = offset & 0xfff0000000000000;
  const std::int64_t exponent = static_cast<std::int64_t>(exponent_part) / (std::int64_t{1} << 52);
  return {static_cast<double>(static_cast<std::int32_t>(exponent) - (subnormal ? 52 : 0)),
          from_bits(bits - exponent_part),
          logarithm_table[(offset >> logarithm_index_shift) & 127]};
}

// log2(1 + r) for |r| <= 2^-7; high is an exact product, low all the rest. The rounding errors of r
// - r^2/2 are carried along; what remains of the series is small enough to be rounded.
inline Sum logarithm_near_one(double r) {
  const Sum square = two_product(r, r);
  const Sum leading = fast_two_sum(r, -0.5 * square.high);
  const double leading_low = leading.low - 0.5 * square.low;
  const Sum parts = split(leading.high);
  const double series = r * square.high * polynomial(logarithm_coefficients, r);
  const double low = (leading.high * inverse_log_low + leading_low * inverse_log_high) + series;
  return {parts.high * inverse_log_high, parts.low * inverse_log_high + low};
}

// log2(x) for finite x > 0 with about 67 bits. With x = 2^k m: k - log2(c) + log2(m c), where m c -
// 1 is exact in binary64, because c has 8 bits and is close to 1/m.
inline Sum logarithm(double x) {
  const Decomposition parts = decompose(x);
  const Sum mantissa = split(parts.mantissa);
  const double r = (mantissa.high * parts.row.factor - 1.0) + mantissa.low * parts.row.factor;
  const Sum near_one = logarithm_near_one(r);
  const Sum sum = fast_two_sum(parts.exponent + parts.row.high, near_one.high);
  return fast_two_sum(sum.high, sum.low + (near_one.low + parts.row.low));
}

// ----------------------------------------------------------------------------------------------
// power

// x^y for x > 0, without the selected exponents.
inline double general_power(double x, double y) {
  // |log2(x)| >= 2^-53 unless x = 1, so a larger |y| changes no result; it only would overflow on
  // the way.
  const Sum base = logarithm(x);
  const double exponent = limited(y, -0x1p+66, 0x1p+66);
  const Sum product = two_product(exponent, base.high);
  const double high = limited(product.high, -exponent_limit, exponent_limit);
  const double low = select(high == product.high, product.low + exponent * base.low, 0.0);
  const Exponential result = exponential(high, low);
  return scaled(result.dominant + result.rest, result.exponent);
}

// ----------------------------------------------------------------------------------------------
// tanh

// For |x| <= 1/4; the dominant part is x.
inline double tanh_near_zero(double x) {
  const double z = x * x;
  return x + x * z * polynomial(tanh_coefficients, z);
}

// 2^(2x/ln 2) = e^(2x) for 0 <= x <= 20.
inline Sum exponential_of_twice(double x) {
  const Sum exponent = two_product(x, twice_inverse_log);
  const Exponential parts = exponential(exponent.high, exponent.low + x * twice_inverse_log_low);
  const Sum mantissa = fast_two_sum(parts.dominant, parts.rest);
  const double scale = power_of_two(parts.exponent);
  return {mantissa.high * scale, mantissa.low * scale};
}

// value + addend for |value| >= |addend|, normalised.
inline Sum plus(Sum value, double addend) {
  const Sum sum = fast_two_sum(value.high, addend);
  return fast_two_sum(sum.high, sum.low + value.low);
}

// The quotient, with one correction for what the first division left over.
inline double divide(Sum numerator, Sum denominator) {
  const double quotient = numerator.high / denominator.high;
  const Sum product = two_product(quotient, denominator.high);
  const double left = ((numerator.high - product.high) - product.low) +
                      (numerator.low - quotient * denominator.low);
  return quotient + left / denominator.high;
}

// (E - 1)/(E + 1) with E = e^(2x), for 1/4 <= x <= 20.
inline double tanh_by_exponential(double x) {
  const Sum e = exponential_of_twice(x);
  return divide(plus(e, -1.0), plus(e, 1.0));
}

// ----------------------------------------------------------------------------------------------
// quotient

constexpr std::uint64_t exact_limit = std::uint64_t{1}
                                      << 53;  // integers below are binary64 numbers

// The number of leading zeros of a value that is not 0.
inline int leading_zeros(lrc1_wide value) {
  const auto upper = static_cast<std::uint64_t>(value >> 64);
  const auto lower = static_cast<std::uint64_t>(value);
  return upper != 0 ? __builtin_clzll(upper) : 64 + __builtin_clzll(lower);
}

// 53 bits and a round bit to 53 bits, to nearest even; inexact says that there were more bits, not
// all 0.
inline std::uint64_t rounded_to_even(std::uint64_t bits, bool inexact) {
  const std::uint64_t kept = bits >> 1;
  const bool up = (bits & 1) != 0 && (inexact || (kept & 1) != 0);
  return kept + (up ? 1 : 0);
}

// Long division, bit by bit, of numerator > 0. Both are shifted until their highest bit is bit 125;
// then the quotient is in (1/2, 2) and one more shift of the numerator brings it into [1, 2).
inline double long_division(lrc1_wide numerator, lrc1_wide denominator) {
  const int numerator_shift = leading_zeros(numerator) - 2;
  const int denominator_shift = leading_zeros(denominator) - 2;
  const lrc1_wide divisor = denominator << denominator_shift;
  lrc1_wide remainder = numerator << numerator_shift;
  const bool below_one = remainder < divisor;
  remainder <<= below_one ? 1 : 0;
  std::uint64_t quotient = 0;
  for (int bit = 0; bit < 54; ++bit) {
    const bool fits = remainder >= divisor;
    quotient = 2 * quotient + (fits ? 1 : 0);
    remainder = (remainder - (fits ? divisor : 0)) << 1;
  }
  const int exponent = denominator_shift - numerator_shift - (below_one ? 1 : 0) - 52;
  return static_cast<double>(static_cast<std::int64_t>(rounded_to_even(quotient, remainder != 0))) *
         power_of_two(exponent);
}

}  // namespace

extern "C" double lrc1_sinpi(double x) { return sine_of_turns(x, 0); }

extern "C" double lrc1_cospi(double x) { return sine_of_turns(x, 1); }

// One polynomial on [0, 1/2], mirrored; the dominant part is 2z.
extern "C" double lrc1_havpi(double u) {
  const bool upper = u > 0.5;
  const double y = select(upper, 1.0 - u, u);
  const double z = y * y;
  const double half = 2.0 * z + z * polynomial(haversine_coefficients, z);
  return select(upper, 1.0 - half, half);
}

extern "C" double lrc1_exp2(double x) {
  const Exponential result = exponential(limited(x, -exponent_limit, exponent_limit), 0.0);
  return scaled(result.dominant + result.rest, result.exponent);
}

extern "C" double lrc1_log2(double x) { return logarithm(x).high + 0.0; }

// The selections are part of the definition: the general path misses about 2 % of the squares,
// roots and reciprocals by one ulp.
extern "C" double lrc1_pow(double x, double y) {
  const double base = x + 0.0;
  if (y == 0.0) return 1.0;
  if (y == 1.0) return base;
  if (y == 2.0) return base * base;
  if (y == 0.5) return __builtin_sqrt(base);
  if (y == -1.0) return 1.0 / base;
  if (base == 0.0) return select(y > 0.0, 0.0, 1.0 / base);
  return general_power(base, y);
}

extern "C" double lrc1_tanh(double x) {
  const double distance = magnitude(x);
  const bool near = distance <= 0.25;
  const double value =
      near ? tanh_near_zero(distance) : tanh_by_exponential(limited(distance, 0.0, 20.0));
  return from_bits(bits_of(value) | (bits_of(x) & sign_bit)) + 0.0;
}

extern "C" double lrc1_quotient(lrc1_wide numerator, lrc1_wide denominator) {
  if (numerator < exact_limit && denominator < exact_limit)
    return static_cast<double>(static_cast<std::int64_t>(numerator)) /
           static_cast<double>(static_cast<std::int64_t>(denominator));
  if (numerator == 0) return 0.0;
  return long_division(numerator, denominator);
}

extern "C" double lrc1_noise(unsigned long long seed, unsigned long long update) {
  std::uint64_t bits = seed + 0x9e3779b97f4a7c15 * (update + 1);
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
  bits ^= bits >> 31;
  return static_cast<double>(static_cast<std::int64_t>(bits >> 11)) * 0x1p-53;
}

extern "C" double lrc1_ramp(double a, double b, double u, double s) {
  const double share = limited(s, 0.0, 1.0);
  const double between = a + (b - a) * share;
  const double inside = limited(between, select(a < b, a, b), select(a < b, b, a));
  return select(u <= 0.0, a, select(u >= 1.0, b, inside)) + 0.0;
}

extern "C" double lrc1_geometric(double a, double b, double u) {
  if (u <= 0.0) return a;
  if (u >= 1.0) return b;
  return limited(a * lrc1_pow(b / a, u), select(a < b, a, b), select(a < b, b, a));
}
