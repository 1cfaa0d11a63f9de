// The lrc1 arithmetic: the functions of the language as fixed sequences of binary64 operations.
//
// The sequence in lrc1.h *is* the definition. It consists of + - * / and sqrt, each
// correctly rounded and never fused, and of integer operations, so it gives the same bits on every
// machine and from every compiler that keeps these rules. The source must be compiled with
// -ffp-contract=off -fno-math-errno and without fast-math; it runs under rounding to nearest with
// subnormals kept (no FTZ, no DAZ), which environment.h sets for whoever calls from elsewhere.
//
// Errors are in ulp of the exact result, measured against MPFR (tests/arithmetic), not proved; the
// figures are in docs/measurements/arithmetic.md.
// Within the stated domain no function returns NaN, an infinity or -0; an argument -0 counts as 0.
// Outside the domain the result is defined by the sequence, too, but says nothing: the caller
// refuses such arguments or reports a fault.
//
// "Monotone on a grid" means: no step in the wrong direction between neighbouring k/N for any
// tested N up to 10^6. It is not a claim about neighbouring doubles.

#ifndef LRC_RUNTIME_ARITHMETIC_ARITHMETIC_H
#define LRC_RUNTIME_ARITHMETIC_ARITHMETIC_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

__extension__ typedef unsigned __int128 lrc1_wide;
__extension__ typedef __int128 lrc1_integer;

// sin(pi x). Domain |x| < 2^50. Error <= 1 ulp (measured 0.71; 0.78 where parts of the sum are
// subnormal). Exact at every half-integer: 0, 1 or -1. lrc1_sinpi(-x) = -lrc1_sinpi(x). Monotone on
// grids between the extrema.
double lrc1_sinpi(double x);

// cos(pi x). Domain |x| < 2^50. Error <= 1 ulp (measured 0.71).
// Exact at every half-integer: 0, 1 or -1. lrc1_cospi(-x) = lrc1_cospi(x). Monotone on grids
// between the extrema.
double lrc1_cospi(double x);

// hav(pi u) = sin(pi u/2)^2 = (1 - cos(pi u))/2, the cosine shape. Domain 0 <= u <= 1.
// Error <= 1.5 ulp (measured 1.45) where u = 0 or u >= 2^-500; below, u*u leaves the normal range.
// Exactly 0, 1/2, 1 at 0, 1/2, 1. For u <= 1/2 with exact 1 - u, lrc1_havpi(1 - u) = 1 -
// lrc1_havpi(u), rounded once. Monotone on grids.
double lrc1_havpi(double u);

// 2^x. Domain: finite x < 1024 (from there on the result is +infinity). Error <= 1 ulp (measured
// 0.69; 0.77 where the result is subnormal); 0 below x = -1075. Exact for every integer x >= -1074.
// Monotone on grids.
double lrc1_exp2(double x);

// The logarithm to base 2. Domain: finite x > 0. Error <= 1 ulp (measured 0.5001).
// Exact for every power of two, subnormal ones included. Monotone on grids.
double lrc1_log2(double x);

// x^y. Domain: finite x >= 0, finite y, x^y below 2^1024, and not x = 0 with y < 0. Error <= 1 ulp
// (measured 0.75). By selection, in this order: y = 0 gives 1 (0^0, too), y = 1 gives x, y = 2
// gives x*x, y = 1/2 gives sqrt(x), y = -1 gives 1/x, each correctly rounded; then x = 0 gives 0.
// Exact: 1^y, and (2^k)^y where k*y is an integer. Monotone in x and in y on grids, each exponent
// for itself.
double lrc1_pow(double x, double y);

// tanh(x). Domain: finite x. Error <= 1 ulp (measured 0.75). Exactly 0 at 0; 1 from x = 20 on,
// never above. lrc1_tanh(-x) = -lrc1_tanh(x). Monotone on grids.
double lrc1_tanh(double x);

// The quotient of two exact integers, correctly rounded (to nearest, ties to even).
// Domain: numerator < 2^126, 0 < denominator < 2^126. The result is 0 or lies between 2^-126 and
// 2^126: it is never subnormal and never overflows. The progress u = (t - s)/(e - s) with s and e
// over a common denominator is this.
double lrc1_quotient(lrc1_wide numerator, lrc1_wide denominator);

// The whole part of numerator/denominator, and what it leaves. Domain: denominator > 0. Compilers
// call a library for these on 128 bits, which a kernel or a program without one does not have.
lrc1_wide lrc1_divide(lrc1_wide numerator, lrc1_wide denominator);
lrc1_wide lrc1_remainder(lrc1_wide numerator, lrc1_wide denominator);

// The binary64 number nearest to an integer, ties to even. Domain: any value.
double lrc1_nearest(lrc1_wide value);

// How many of the `count` entries, which rise, are <= position.
int64_t lrc1_passed(const int64_t* first, int64_t count, int64_t position);
int64_t lrc1_passed_wide(const lrc1_integer* first, int64_t count, lrc1_integer position);

// A uniform number in [0, 1): the top 53 bits of output update + 1 of the SplitMix64 generator that
// starts from `seed` (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
// Depends on nothing but its arguments.
double lrc1_noise(unsigned long long seed, unsigned long long update);

// A ramp from a to b at progress u, where the shape has the value s. Domain: |a|, |b| <= 2^1022, u
// and s finite. a where u <= 0 and b where u >= 1, by selection; between, s is limited to [0, 1], a
// + (b - a)*s is computed in that order, and the result limited to the interval between a and b. So
// the ends are exact, nothing lies beyond them, and the ramp is monotone wherever s is.
double lrc1_ramp(double a, double b, double u, double s);

// A ramp of equal factors from a to b at progress u. Domain: a, b > 0 and b/a finite and above 0, u
// finite. a where u <= 0 and b where u >= 1, by selection; between, a*(b/a)^u, limited to the
// interval between a and b.
double lrc1_geometric(double a, double b, double u);

#ifdef __cplusplus
}
#endif

#endif
