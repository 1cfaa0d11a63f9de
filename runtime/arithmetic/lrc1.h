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
// One text in what C99, C++ and CUDA C++ have in common: g++ compiles it into the interpreter,
// clang to the bitcode that is linked into every compiled policy, and exported C carries the parts
// that it needs, word for word. A part is what stands between a guard LRC1_… and its end, and needs
// the parts before it that its names come from. Only what needs no library at run time is used;
// whoever includes it defines LRC1_FUNCTION as what the functions of arithmetic.h shall be.

// NOLINTBEGIN: what a linter asks of C++ is not in C

#ifndef LRC1_BASICS
#define LRC1_BASICS

#include <stdint.h>

#ifdef __FAST_MATH__
#error "lrc1 is defined by correctly rounded operations: compile without fast-math"
#endif
#if defined(__FLT_EVAL_METHOD__) && (__FLT_EVAL_METHOD__ < 0 || __FLT_EVAL_METHOD__ == 2)
#error "lrc1 needs binary64 operations without excess precision"
#endif

#ifdef __CUDACC__
#define LRC1_INTERNAL static inline __host__ __device__
#else
#define LRC1_INTERNAL static inline
#endif
#ifndef LRC1_FUNCTION
#define LRC1_FUNCTION LRC1_INTERNAL
#endif

// A binary64 number; its operations are rounded each. nvcc fuses a*b + c of doubles wherever it
// likes, so there it is a type of its own.
#ifdef __CUDACC__
struct lrc1_real {
  double value;
  lrc1_real() = default;
  __host__ __device__ lrc1_real(double number) : value(number) {}
};
#ifdef __CUDA_ARCH__
// __ddiv_rn by a power of two becomes a multiplication that may be fused.
static inline __device__ double lrc1_divide_rn(double a, double b) {
  double quotient;
  asm("div.rn.f64 %0, %1, %2;" : "=d"(quotient) : "d"(a), "d"(b));
  return quotient;
}
#define LRC1_OPERATOR(sign, rounded)                                \
  LRC1_INTERNAL lrc1_real operator sign(lrc1_real a, lrc1_real b) { \
    return rounded(a.value, b.value);                               \
  }
#else
#define LRC1_OPERATOR(sign, rounded) \
  LRC1_INTERNAL lrc1_real operator sign(lrc1_real a, lrc1_real b) { return a.value sign b.value; }
#endif
LRC1_OPERATOR(+, __dadd_rn)
LRC1_OPERATOR(-, __dsub_rn)
LRC1_OPERATOR(*, __dmul_rn)
LRC1_OPERATOR(/, lrc1_divide_rn)
#undef LRC1_OPERATOR
#define LRC1_COMPARISON(sign) \
  LRC1_INTERNAL bool operator sign(lrc1_real a, lrc1_real b) { return a.value sign b.value; }
LRC1_COMPARISON(<)
LRC1_COMPARISON(>)
LRC1_COMPARISON(<=)
LRC1_COMPARISON(>=)
LRC1_COMPARISON(==)
#undef LRC1_COMPARISON
LRC1_INTERNAL double lrc1_number(lrc1_real value) { return value.value; }
#else
typedef double lrc1_real;
LRC1_INTERNAL double lrc1_number(lrc1_real value) { return value; }
#endif

LRC1_INTERNAL lrc1_real lrc1_from_integer(int64_t integer) { return (double)integer; }

LRC1_INTERNAL lrc1_real lrc1_select(int condition, lrc1_real yes, lrc1_real no) {
  return condition ? yes : no;
}

// Into [low, high]; low for NaN.
LRC1_INTERNAL lrc1_real lrc1_limited(lrc1_real value, lrc1_real low, lrc1_real high) {
  const lrc1_real raised = value > low ? value : low;
  return raised < high ? raised : high;
}

#endif  // LRC1_BASICS

#ifndef LRC1_BITS
#define LRC1_BITS

#define LRC1_SIGN_BIT UINT64_C(0x8000000000000000)

LRC1_INTERNAL uint64_t lrc1_bits_of(lrc1_real value) {
  const double number = lrc1_number(value);
  uint64_t bits;
  __builtin_memcpy(&bits, &number, sizeof bits);
  return bits;
}

LRC1_INTERNAL lrc1_real lrc1_from_bits(uint64_t bits) {
  double number;
  __builtin_memcpy(&number, &bits, sizeof number);
  return number;
}

// 2^exponent for a result in the normal range.
LRC1_INTERNAL lrc1_real lrc1_power_of_two(int64_t exponent) {
  return lrc1_from_bits((uint64_t)(exponent + 1023) << 52);
}

#endif  // LRC1_BITS

#ifndef LRC1_POLYNOMIAL
#define LRC1_POLYNOMIAL

// Horner's rule, from the last coefficient to the first. Inlined early, where the count is known,
// so that no loop is left.
__attribute__((always_inline)) LRC1_INTERNAL lrc1_real lrc1_polynomial(const double* coefficients,
                                                                       int count, lrc1_real t) {
  lrc1_real value = coefficients[count - 1];
#if defined(__GNUC__) && !defined(__clang__) && !defined(__CUDACC__)
#pragma GCC unroll 16
#endif
  for (int i = count - 1; i > 0; --i) value = value * t + coefficients[i - 1];
  return value;
}

#endif  // LRC1_POLYNOMIAL

#ifndef LRC1_SUMS
#define LRC1_SUMS

// Adding this rounds a number below 2^51 in magnitude to an integer, to nearest even, and leaves
// the integer in the low bits of the sum.
#define LRC1_ROUNDER 0x1.8p+52

// A number as an unevaluated sum: high is the sum rounded, low what that loses.
typedef struct {
  lrc1_real high, low;
} lrc1_sum;

// The sum and its rounding error. Needs |larger| >= |smaller|, or larger = 0.
LRC1_INTERNAL lrc1_sum lrc1_fast_two_sum(lrc1_real larger, lrc1_real smaller) {
  const lrc1_real high = larger + smaller;
  const lrc1_sum sum = {high, (larger - high) + smaller};
  return sum;
}

#endif  // LRC1_SUMS

#ifndef LRC1_PRODUCTS
#define LRC1_PRODUCTS

// The upper 26 bits and the lower 27 bits. A mask instead of Veltkamp's multiplication: it cannot
// overflow.
LRC1_INTERNAL lrc1_sum lrc1_split(lrc1_real value) {
  // Sign, exponent and the upper 26 bits of a mantissa.
  const lrc1_real high = lrc1_from_bits(lrc1_bits_of(value) & UINT64_C(0xfffffffff8000000));
  const lrc1_sum sum = {high, value - high};
  return sum;
}

// The product and its rounding error (Dekker), up to the last bit of the product of the two lower
// halves.
LRC1_INTERNAL lrc1_sum lrc1_two_product(lrc1_real a, lrc1_real b) {
  const lrc1_real high = a * b;
  const lrc1_sum as = lrc1_split(a);
  const lrc1_sum bs = lrc1_split(b);
  const lrc1_real cross = (as.high * bs.high - high) + as.high * bs.low;
  const lrc1_sum product = {high, (cross + as.low * bs.high) + as.low * bs.low};
  return product;
}

#endif  // LRC1_PRODUCTS

#ifndef LRC1_SINE
#define LRC1_SINE

// sin(pi (x + quarter_turns/2)). With x = n/2 + y and |y| <= 1/4, exactly, the dominant part is 3y
// for the sine of pi y and 1 - 4z for its cosine.
LRC1_INTERNAL lrc1_real lrc1_sine_of_turns(lrc1_real x, uint64_t quarter_turns) {
  // sin(pi y)/y - 3 in z = y*y, |y| <= 1/4; relative error about 2^-57.9
  static const double sine_coefficients[7] = {
      0x1.21fb54442d184p-3, -0x1.4abbce625be4p+2,  0x1.466bc67758656p+1,  -0x1.32d2cce2cbd54p-1,
      0x1.50782fc241e8bp-4, -0x1.e3005d2cd0c4ap-8, 0x1.e3ecd549e5703p-12,
  };
  // (cos(pi y) - 1)/z + 4 in z = y*y, |y| <= 1/4; relative error about 2^-63.2
  static const double cosine_coefficients[7] = {
      -0x1.de9e64df22ef2p-1, 0x1.03c1f081b5aa3p+2,  -0x1.55d3c7e3c83cfp+0,  0x1.e1f5068239e8ep-3,
      -0x1.a6d1ebb3461bap-6, 0x1.f9cbb778a17f1p-10, -0x1.b23edb0a8ab12p-14,
  };
  const lrc1_real rounded = 2.0 * x + LRC1_ROUNDER;
  const uint64_t n = lrc1_bits_of(rounded) + quarter_turns;
  const lrc1_real y = x - 0.5 * (rounded - LRC1_ROUNDER);
  const lrc1_real z = y * y;
  const int odd = (n & 1) != 0;
  const lrc1_sum dominant =
      lrc1_fast_two_sum(lrc1_select(odd, 1.0, 2.0 * y), lrc1_select(odd, -4.0 * z, y));
  const lrc1_real rest =
      lrc1_select(odd, z, y) * lrc1_select(odd, lrc1_polynomial(cosine_coefficients, 7, z),
                                           lrc1_polynomial(sine_coefficients, 7, z));
  const lrc1_real value = dominant.high + (dominant.low + rest);
  return lrc1_from_bits(lrc1_bits_of(value) ^ ((n & 2) << 62)) + 0.0;
}

LRC1_FUNCTION lrc1_real lrc1_sinpi(lrc1_real x) { return lrc1_sine_of_turns(x, 0); }

LRC1_FUNCTION lrc1_real lrc1_cospi(lrc1_real x) { return lrc1_sine_of_turns(x, 1); }

#endif  // LRC1_SINE

#ifndef LRC1_HAVERSINE
#define LRC1_HAVERSINE

// sin(pi u/2)^2. One polynomial on [0, 1/2], mirrored; the dominant part is 2z.
LRC1_FUNCTION lrc1_real lrc1_havpi(lrc1_real u) {
  // sin(pi y/2)^2/z - 2 in z = y*y, 0 <= y <= 1/2; relative error about 2^-55.6
  static const double haversine_coefficients[8] = {
      0x1.de9e64df22ef2p-2, -0x1.03c1f081b5a99p+1,  0x1.55d3c7e3c8b21p-1,  -0x1.e1f50685e8be2p-4,
      0x1.a6d1f1184dfd3p-7, -0x1.f9d2bb604e9d9p-11, 0x1.b6a5d640a0439p-15, -0x1.1785891eaad1cp-19,
  };
  const int upper = u > 0.5;
  const lrc1_real y = lrc1_select(upper, 1.0 - u, u);
  const lrc1_real z = y * y;
  const lrc1_real half = 2.0 * z + z * lrc1_polynomial(haversine_coefficients, 8, z);
  return lrc1_select(upper, 1.0 - half, half);
}

#endif  // LRC1_HAVERSINE

#ifndef LRC1_EXPONENTIAL
#define LRC1_EXPONENTIAL

// 2^1024 is out of range and 2^-1075 rounds to 0; beyond these limits nothing changes any more.
#define LRC1_EXPONENT_LIMIT 1100.0

typedef struct {
  lrc1_real dominant, rest;  // their sum is 2^f
  int64_t exponent;          // the whole part
} lrc1_powers;

// 2^(high + low) for |high| <= LRC1_EXPONENT_LIMIT and a low that is small beside 1. The dominant
// part is 1 + f/2.
LRC1_INTERNAL lrc1_powers lrc1_exponential(lrc1_real high, lrc1_real low) {
  // (2^f - 1 - f/2)/f, |f| <= 1/2; relative error about 2^-61.5
  static const double exponential_coefficients[12] = {
      0x1.8b90bfbe8e7bdp-3,  0x1.ebfbdff82c58fp-3,  0x1.c6b08d704a0a3p-5,  0x1.3b2ab6fba4d46p-7,
      0x1.5d87fe78a8bb4p-10, 0x1.430912f8c30ddp-13, 0x1.ffcbfc5b83bap-17,  0x1.62c020e46e2acp-20,
      0x1.b5250b860978ap-24, 0x1.e4d40ae4e37e8p-28, 0x1.e9c297ea7815bp-32, 0x1.bde55ff3bec22p-36,
  };
  const double natural_log_of_2 = 0x1.62e42fefa39efp-1;  // ln 2
  const lrc1_real rounded = high + LRC1_ROUNDER;
  const lrc1_real f = high - (rounded - LRC1_ROUNDER);
  const lrc1_sum dominant = lrc1_fast_two_sum(1.0, 0.5 * f);
  const lrc1_real curved = f * lrc1_polynomial(exponential_coefficients, 12, f);
  const lrc1_real first_order = low * natural_log_of_2 * (dominant.high + curved);
  const lrc1_powers powers = {dominant.high, dominant.low + (curved + first_order),
                              (int64_t)(lrc1_bits_of(rounded) - lrc1_bits_of(LRC1_ROUNDER))};
  return powers;
}

// value * 2^exponent for |exponent| <= 1100, rounded once, where it becomes subnormal.
LRC1_INTERNAL lrc1_real lrc1_scaled(lrc1_real value, int64_t exponent) {
  const int64_t half = exponent / 2;
  return value * lrc1_power_of_two(half) * lrc1_power_of_two(exponent - half);
}

LRC1_FUNCTION lrc1_real lrc1_exp2(lrc1_real x) {
  const lrc1_powers powers =
      lrc1_exponential(lrc1_limited(x, -LRC1_EXPONENT_LIMIT, LRC1_EXPONENT_LIMIT), 0.0);
  return lrc1_scaled(powers.dominant + powers.rest, powers.exponent);
}

#endif  // LRC1_EXPONENTIAL

#ifndef LRC1_LOGARITHM
#define LRC1_LOGARITHM

// One row per interval of the argument's mantissa.
typedef struct {
  double factor;     // c, about the reciprocal, of 8 significant bits
  double high, low;  // -log2(c)
} lrc1_logarithm_row;

typedef struct {
  lrc1_real exponent;  // x = mantissa * 2^exponent
  lrc1_real mantissa;  // in [0.70703125, 1.4140625)
  lrc1_logarithm_row row;
} lrc1_decomposition;

LRC1_INTERNAL lrc1_decomposition lrc1_decompose(lrc1_real x) {
  static const lrc1_logarithm_row logarithm_table[128] = {
#include "tables.inc"
  };
  const uint64_t logarithm_first_bits =
      UINT64_C(0x3fe6a00000000000);      // 0.70703125; the first interval begins here
  const int logarithm_index_shift = 45;  // 128 intervals in a binade
  const int subnormal = x < 0x1p-1022;
  const uint64_t bits = lrc1_bits_of(lrc1_select(subnormal, x * 0x1p+52, x));
  const uint64_t offset = bits - logarithm_first_bits;
  const uint64_t exponent_part = offset & UINT64_C(0xfff0000000000000);
  const int64_t exponent = (int64_t)exponent_part / (INT64_C(1) << 52);
  const lrc1_decomposition parts = {(double)((int32_t)exponent - (subnormal ? 52 : 0)),
                                    lrc1_from_bits(bits - exponent_part),
                                    logarithm_table[(offset >> logarithm_index_shift) & 127]};
  return parts;
}

// log2(1 + r) for |r| <= 2^-7; high is an exact product, low all the rest. The rounding errors of r
// - r^2/2 are carried along; what remains of the series is small enough to be rounded.
LRC1_INTERNAL lrc1_sum lrc1_logarithm_near_one(lrc1_real r) {
  // (log2(1 + r) - (r - r^2/2)/ln 2)/r^3, |r| <= 2^-7; relative error about 2^-72.7
  static const double logarithm_coefficients[7] = {
      0x1.ec709dc3a03fdp-2, -0x1.71547652b8396p-2, 0x1.2776c50f03277p-2, -0x1.ec709dab2d54bp-3,
      0x1.a6175b47c34e6p-3, -0x1.715dfa8734457p-3, 0x1.4935dcac7d6bp-3,
  };
  const double inverse_log_high = 0x1.7154768p+0;         // 1/ln 2, the leading 26 bits
  const double inverse_log_low = -0x1.6a3e80f444178p-27;  // 1/ln 2 - inverse_log_high
  const lrc1_sum square = lrc1_two_product(r, r);
  const lrc1_sum leading = lrc1_fast_two_sum(r, -0.5 * square.high);
  const lrc1_real leading_low = leading.low - 0.5 * square.low;
  const lrc1_sum parts = lrc1_split(leading.high);
  const lrc1_real series = r * square.high * lrc1_polynomial(logarithm_coefficients, 7, r);
  const lrc1_real low = (leading.high * inverse_log_low + leading_low * inverse_log_high) + series;
  const lrc1_sum sum = {parts.high * inverse_log_high, parts.low * inverse_log_high + low};
  return sum;
}

// log2(x) for finite x > 0 with about 67 bits. With x = 2^k m: k - log2(c) + log2(m c), where m c -
// 1 is exact in binary64, because c has 8 bits and is close to 1/m.
LRC1_INTERNAL lrc1_sum lrc1_logarithm(lrc1_real x) {
  const lrc1_decomposition parts = lrc1_decompose(x);
  const lrc1_sum mantissa = lrc1_split(parts.mantissa);
  const lrc1_real r = (mantissa.high * parts.row.factor - 1.0) + mantissa.low * parts.row.factor;
  const lrc1_sum near_one = lrc1_logarithm_near_one(r);
  const lrc1_sum sum = lrc1_fast_two_sum(parts.exponent + parts.row.high, near_one.high);
  return lrc1_fast_two_sum(sum.high, sum.low + (near_one.low + parts.row.low));
}

LRC1_FUNCTION lrc1_real lrc1_log2(lrc1_real x) { return lrc1_logarithm(x).high + 0.0; }

#endif  // LRC1_LOGARITHM

#ifndef LRC1_ROOT
#define LRC1_ROOT

LRC1_INTERNAL lrc1_real lrc1_square_root(lrc1_real x) {
#ifdef __CUDA_ARCH__
  return __dsqrt_rn(x.value);
#else
  return __builtin_sqrt(lrc1_number(x));
#endif
}

#endif  // LRC1_ROOT

#ifndef LRC1_POWER
#define LRC1_POWER

// x^y for x > 0, without the selected exponents.
LRC1_INTERNAL lrc1_real lrc1_general_power(lrc1_real x, lrc1_real y) {
  // |log2(x)| >= 2^-53 unless x = 1, so a larger |y| changes no result; it only would overflow on
  // the way.
  const lrc1_sum base = lrc1_logarithm(x);
  const lrc1_real exponent = lrc1_limited(y, -0x1p+66, 0x1p+66);
  const lrc1_sum product = lrc1_two_product(exponent, base.high);
  const lrc1_real high = lrc1_limited(product.high, -LRC1_EXPONENT_LIMIT, LRC1_EXPONENT_LIMIT);
  const lrc1_real low = lrc1_select(high == product.high, product.low + exponent * base.low, 0.0);
  const lrc1_powers powers = lrc1_exponential(high, low);
  return lrc1_scaled(powers.dominant + powers.rest, powers.exponent);
}

// The selections are part of the definition: the general path misses about 2 % of the squares,
// roots and reciprocals by one ulp.
LRC1_FUNCTION lrc1_real lrc1_pow(lrc1_real x, lrc1_real y) {
  const lrc1_real base = x + 0.0;
  if (y == 0.0) return 1.0;
  if (y == 1.0) return base;
  if (y == 2.0) return base * base;
  if (y == 0.5) return lrc1_square_root(base);
  if (y == -1.0) return 1.0 / base;
  if (base == 0.0) return lrc1_select(y > 0.0, 0.0, 1.0 / base);
  return lrc1_general_power(base, y);
}

#endif  // LRC1_POWER

#ifndef LRC1_TANH
#define LRC1_TANH

// For |x| <= 1/4; the dominant part is x.
LRC1_INTERNAL lrc1_real lrc1_tanh_near_zero(lrc1_real x) {
  // (tanh(x)/x - 1)/z in z = x*x, |x| <= 1/4; relative error about 2^-65.9
  static const double tanh_coefficients[9] = {
      -0x1.5555555555555p-2,  0x1.1111111111002p-3,  -0x1.ba1ba1b9f394cp-5,
      0x1.664f486aae18bp-6,   -0x1.226e2d12dedc5p-7, 0x1.d6d06175f3dd5p-9,
      -0x1.7d35f7d67b575p-10, 0x1.2d932f759b7e5p-11, -0x1.6a1bfce9ff6e7p-13,
  };
  const lrc1_real z = x * x;
  return x + x * z * lrc1_polynomial(tanh_coefficients, 9, z);
}

// 2^(2x/ln 2) = e^(2x) for 0 <= x <= 20.
LRC1_INTERNAL lrc1_sum lrc1_exponential_of_twice(lrc1_real x) {
  const double twice_inverse_log = 0x1.71547652b82fep+1;       // 2/ln 2
  const double twice_inverse_log_low = 0x1.777d0ffda0d24p-55;  // 2/ln 2 - twice_inverse_log
  const lrc1_sum exponent = lrc1_two_product(x, twice_inverse_log);
  const lrc1_powers powers =
      lrc1_exponential(exponent.high, exponent.low + x * twice_inverse_log_low);
  const lrc1_sum mantissa = lrc1_fast_two_sum(powers.dominant, powers.rest);
  const lrc1_real scale = lrc1_power_of_two(powers.exponent);
  const lrc1_sum sum = {mantissa.high * scale, mantissa.low * scale};
  return sum;
}

// value + addend for |value| >= |addend|, normalised.
LRC1_INTERNAL lrc1_sum lrc1_plus(lrc1_sum value, lrc1_real addend) {
  const lrc1_sum sum = lrc1_fast_two_sum(value.high, addend);
  return lrc1_fast_two_sum(sum.high, sum.low + value.low);
}

// The quotient, with one correction for what the first division left over.
LRC1_INTERNAL lrc1_real lrc1_sum_quotient(lrc1_sum numerator, lrc1_sum denominator) {
  const lrc1_real quotient = numerator.high / denominator.high;
  const lrc1_sum product = lrc1_two_product(quotient, denominator.high);
  const lrc1_real left = ((numerator.high - product.high) - product.low) +
                         (numerator.low - quotient * denominator.low);
  return quotient + left / denominator.high;
}

// (E - 1)/(E + 1) with E = e^(2x), for 1/4 <= x <= 20.
LRC1_INTERNAL lrc1_real lrc1_tanh_by_exponential(lrc1_real x) {
  const lrc1_sum e = lrc1_exponential_of_twice(x);
  return lrc1_sum_quotient(lrc1_plus(e, -1.0), lrc1_plus(e, 1.0));
}

LRC1_FUNCTION lrc1_real lrc1_tanh(lrc1_real x) {
  const uint64_t sign = lrc1_bits_of(x) & LRC1_SIGN_BIT;
  const lrc1_real distance = lrc1_from_bits(lrc1_bits_of(x) ^ sign);
  const lrc1_real value = distance <= 0.25
                              ? lrc1_tanh_near_zero(distance)
                              : lrc1_tanh_by_exponential(lrc1_limited(distance, 0.0, 20.0));
  return lrc1_from_bits(lrc1_bits_of(value) | sign) + 0.0;
}

#endif  // LRC1_TANH

#ifndef LRC1_WIDE
#define LRC1_WIDE

__extension__ typedef unsigned __int128 lrc1_wide;
__extension__ typedef __int128 lrc1_integer;

// The number of leading zeros of a value that is not 0.
LRC1_INTERNAL int lrc1_leading_zeros(lrc1_wide value) {
  const uint64_t upper = (uint64_t)(value >> 64);
  const uint64_t word = upper != 0 ? upper : (uint64_t)value;
#ifdef __CUDA_ARCH__
  const int zeros = __clzll((long long)word);
#else
  const int zeros = __builtin_clzll(word);
#endif
  return upper != 0 ? zeros : 64 + zeros;
}

// 53 bits and a round bit to 53 bits, to nearest even; inexact says that there were more bits, not
// all 0.
LRC1_INTERNAL lrc1_real lrc1_rounded_to_even(uint64_t bits, int inexact) {
  const uint64_t kept = bits >> 1;
  const int up = (bits & 1) != 0 && (inexact || (kept & 1) != 0);
  return lrc1_from_integer((int64_t)(kept + (up ? 1 : 0)));
}

#endif  // LRC1_WIDE

#ifndef LRC1_QUOTIENT
#define LRC1_QUOTIENT

// Long division, bit by bit, of numerator > 0. Both are shifted until their highest bit is bit 125;
// then the quotient is in (1/2, 2) and one more shift of the numerator brings it into [1, 2).
LRC1_INTERNAL lrc1_real lrc1_long_division(lrc1_wide numerator, lrc1_wide denominator) {
  const int numerator_shift = lrc1_leading_zeros(numerator) - 2;
  const int denominator_shift = lrc1_leading_zeros(denominator) - 2;
  const lrc1_wide divisor = denominator << denominator_shift;
  lrc1_wide remainder = numerator << numerator_shift;
  const int below_one = remainder < divisor;
  remainder <<= below_one ? 1 : 0;
  uint64_t quotient = 0;
  for (int bit = 0; bit < 54; ++bit) {
    const int fits = remainder >= divisor;
    quotient = 2 * quotient + (fits ? 1 : 0);
    remainder = (remainder - (fits ? divisor : 0)) << 1;
  }
  const int exponent = denominator_shift - numerator_shift - (below_one ? 1 : 0) - 52;
  return lrc1_rounded_to_even(quotient, remainder != 0) * lrc1_power_of_two(exponent);
}

LRC1_FUNCTION lrc1_real lrc1_quotient(lrc1_wide numerator, lrc1_wide denominator) {
  // Integers below 2^53 are binary64 numbers.
  const uint64_t exact_limit = UINT64_C(1) << 53;
  if (numerator < exact_limit && denominator < exact_limit)
    return lrc1_from_integer((int64_t)numerator) / lrc1_from_integer((int64_t)denominator);
  if (numerator == 0) return 0.0;
  return lrc1_long_division(numerator, denominator);
}

#endif  // LRC1_QUOTIENT

#ifndef LRC1_DIVISION
#define LRC1_DIVISION

typedef struct {
  lrc1_wide quotient, remainder;
} lrc1_division;

// A part of numerator/denominator >= 1 that is at least 1 and misses the whole by a factor of
// 2^-30: the leading 64 bits of the one by the leading 32 bits of the other, rounded up.
LRC1_INTERNAL lrc1_wide lrc1_leading_quotient(lrc1_wide numerator, lrc1_wide denominator) {
  const int numerator_zeros = lrc1_leading_zeros(numerator);
  const int denominator_zeros = lrc1_leading_zeros(denominator);
  const uint64_t n = (uint64_t)((numerator << numerator_zeros) >> 64);
  const uint64_t d = (uint64_t)((denominator << denominator_zeros) >> 96) + 1;
  const int exponent = denominator_zeros - numerator_zeros - 32;
  const lrc1_wide part = exponent < 0 ? n / d >> -exponent : (lrc1_wide)(n / d) << exponent;
  return part != 0 ? part : 1;
}

// Where one of the two does not fit 64 bits.
LRC1_INTERNAL lrc1_division lrc1_whole_division(lrc1_wide numerator, lrc1_wide denominator) {
  lrc1_division result = {0, numerator};
  while (result.remainder >= denominator) {
    const lrc1_wide part = lrc1_leading_quotient(result.remainder, denominator);
    result.quotient += part;
    result.remainder -= part * denominator;
  }
  return result;
}

LRC1_FUNCTION lrc1_wide lrc1_divide(lrc1_wide numerator, lrc1_wide denominator) {
  if (((numerator | denominator) >> 64) == 0) return (uint64_t)numerator / (uint64_t)denominator;
  return lrc1_whole_division(numerator, denominator).quotient;
}

LRC1_FUNCTION lrc1_wide lrc1_remainder(lrc1_wide numerator, lrc1_wide denominator) {
  if (((numerator | denominator) >> 64) == 0) return (uint64_t)numerator % (uint64_t)denominator;
  return lrc1_whole_division(numerator, denominator).remainder;
}

#endif  // LRC1_DIVISION

#ifndef LRC1_NEAREST
#define LRC1_NEAREST

LRC1_FUNCTION lrc1_real lrc1_nearest(lrc1_wide value) {
  if ((value >> 63) == 0) return lrc1_from_integer((int64_t)value);
  const int lost = 128 - lrc1_leading_zeros(value) - 54;
  const lrc1_wide upper = value >> lost;
  const lrc1_real mantissa = lrc1_rounded_to_even((uint64_t)upper, (upper << lost) != value);
  return mantissa * lrc1_power_of_two(lost + 1);
}

#endif  // LRC1_NEAREST

#ifndef LRC1_PASSED
#define LRC1_PASSED

// The length of the next interval does not depend on the comparison, which leaves the compiler a
// conditional move instead of a branch.
LRC1_FUNCTION int64_t lrc1_passed(const int64_t* first, int64_t count, int64_t position) {
  const int64_t* base = first;
  while (count > 1) {
    const int64_t half = count / 2;
    base += base[half - 1] <= position ? half : 0;
    count -= half;
  }
  return (base - first) + (count == 1 && *base <= position ? 1 : 0);
}

#endif  // LRC1_PASSED

#ifndef LRC1_PASSED_WIDE
#define LRC1_PASSED_WIDE

// The same search as in lrc1_passed.
LRC1_FUNCTION int64_t lrc1_passed_wide(const lrc1_integer* first, int64_t count,
                                       lrc1_integer position) {
  const lrc1_integer* base = first;
  while (count > 1) {
    const int64_t half = count / 2;
    base += base[half - 1] <= position ? half : 0;
    count -= half;
  }
  return (base - first) + (count == 1 && *base <= position ? 1 : 0);
}

#endif  // LRC1_PASSED_WIDE

#ifndef LRC1_NOISE
#define LRC1_NOISE

LRC1_FUNCTION lrc1_real lrc1_noise(unsigned long long seed, unsigned long long update) {
  uint64_t bits = seed + UINT64_C(0x9e3779b97f4a7c15) * (update + 1);
  bits = (bits ^ (bits >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  bits = (bits ^ (bits >> 27)) * UINT64_C(0x94d049bb133111eb);
  bits ^= bits >> 31;
  return lrc1_from_integer((int64_t)(bits >> 11)) * 0x1p-53;
}

#endif  // LRC1_NOISE

#ifndef LRC1_RAMP
#define LRC1_RAMP

LRC1_FUNCTION lrc1_real lrc1_ramp(lrc1_real a, lrc1_real b, lrc1_real u, lrc1_real s) {
  const lrc1_real share = lrc1_limited(s, 0.0, 1.0);
  const lrc1_real between = a + (b - a) * share;
  const lrc1_real inside =
      lrc1_limited(between, lrc1_select(a < b, a, b), lrc1_select(a < b, b, a));
  return lrc1_select(u <= 0.0, a, lrc1_select(u >= 1.0, b, inside)) + 0.0;
}

#endif  // LRC1_RAMP

#ifndef LRC1_GEOMETRIC
#define LRC1_GEOMETRIC

LRC1_FUNCTION lrc1_real lrc1_geometric(lrc1_real a, lrc1_real b, lrc1_real u) {
  if (u <= 0.0) return a;
  if (u >= 1.0) return b;
  const lrc1_real between = a * lrc1_pow(b / a, u);
  return lrc1_limited(between, lrc1_select(a < b, a, b), lrc1_select(a < b, b, a));
}

#endif  // LRC1_GEOMETRIC

// What follows is no function of the language: the operations of a bound program (host/program.h)
// that are not a line of C.

#ifndef LRC1_PROGRESS
#define LRC1_PROGRESS

// numerator/denominator, limited to [0, 1], of integers below 2^53 in size; denominator > 0.
LRC1_INTERNAL lrc1_real lrc1_progress(int64_t numerator, int64_t denominator) {
  if (numerator <= 0) return 0.0;
  if (numerator >= denominator) return 1.0;
  return lrc1_from_integer(numerator) / lrc1_from_integer(denominator);
}

#endif  // LRC1_PROGRESS

#ifndef LRC1_PROGRESS_WIDE
#define LRC1_PROGRESS_WIDE

// The same of integers below 2^126 in size.
LRC1_INTERNAL lrc1_real lrc1_progress_wide(lrc1_integer numerator, lrc1_integer denominator) {
  if (numerator <= 0) return 0.0;
  if (numerator >= denominator) return 1.0;
  return lrc1_quotient((lrc1_wide)numerator, (lrc1_wide)denominator);
}

#endif  // LRC1_PROGRESS_WIDE

#ifndef LRC1_WRITTEN
#define LRC1_WRITTEN

// A 128-bit integer by its upper and lower half.
#define LRC1_WRITTEN_INTEGER(upper, lower) \
  ((lrc1_integer)((lrc1_wide)UINT64_C(upper) << 64 | UINT64_C(lower)))

#endif  // LRC1_WRITTEN

#ifndef LRC1_NOT_NEGATIVE
#define LRC1_NOT_NEGATIVE

LRC1_INTERNAL lrc1_wide lrc1_not_negative(lrc1_integer value) {
  return value < 0 ? 0 : (lrc1_wide)value;
}

LRC1_INTERNAL int64_t lrc1_positive_part(int64_t value) { return value < 0 ? 0 : value; }

#endif  // LRC1_NOT_NEGATIVE

#ifndef LRC1_EXTREMES
#define LRC1_EXTREMES

LRC1_INTERNAL lrc1_real lrc1_minimum(lrc1_real x, lrc1_real y) { return x < y ? x : y; }

LRC1_INTERNAL lrc1_real lrc1_maximum(lrc1_real x, lrc1_real y) { return x > y ? x : y; }

#endif  // LRC1_EXTREMES

#ifndef LRC1_FACTOR
#define LRC1_FACTOR

// What the rules make of a reaction; 1 at rest.
LRC1_INTERNAL lrc1_real lrc1_factor(const double* factors, int reaction) {
  return factors ? factors[reaction] : 1.0;
}

#endif  // LRC1_FACTOR

#ifndef LRC1_ENVIRONMENT
#define LRC1_ENVIRONMENT

// 0 where this compiler and this thread keep the rules of lrc1. 1: rounding is not to nearest.
// 2: subnormals are flushed to 0. 3: products and sums are fused. 4: sums are reordered.
LRC1_INTERNAL int lrc1_environment(void) {
  // Volatile, so that nothing is computed before the program runs.
  volatile double one = 1.0, part_of_unit = 0x1.8p-53, small = 0x1p-1022, near_one = 0x1.0000001p+0;
  const lrc1_real above = (lrc1_real)one + part_of_unit;
  const lrc1_real below = (lrc1_real)-one - part_of_unit;
  if (!(above == 0x1.0000000000001p+0) || !(below == -0x1.0000000000001p+0)) return 1;
  const lrc1_real subnormal = (lrc1_real)small * 0.5;
  if (!(subnormal * 0x1p+60 == 0x1p-963)) return 2;
  // The square is 1 + 2^-27 + 2^-56, and only its rounding leaves exactly 0.
  const lrc1_real x = near_one;
  if (!(x * x - 0x1.0000002p+0 == 0.0)) return 3;
  const lrc1_real large = (lrc1_real)one * 0x1p+60;
  if (!((large + one) - large == 0.0)) return 4;
  return 0;
}

#endif  // LRC1_ENVIRONMENT

// NOLINTEND
