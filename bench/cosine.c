#include "bench/cosine.h"

#include <math.h>

/* sin(pi u/2)^2 */
#ifdef COSINE_LIBM
static double haversine(double u) { return 0.5 - 0.5 * cos(0x1.921fb54442d18p+1 * u); }
#else
/* On [0, 1/2], mirrored; a plain Horner polynomial in u*u. */
static double haversine(double u) {
  const double y = u > 0.5 ? 1.0 - u : u;
  const double z = y * y;
  double p = -0x1.1785891eaad1cp-19;
  p = p * z + 0x1.b6a5d640a0439p-15;
  p = p * z - 0x1.f9d2bb604e9d9p-11;
  p = p * z + 0x1.a6d1f1184dfd3p-7;
  p = p * z - 0x1.e1f50685e8be2p-4;
  p = p * z + 0x1.55d3c7e3c8b21p-1;
  p = p * z - 0x1.03c1f081b5a99p+1;
  p = p * z + 0x1.3bd3cc9be45dep+1;
  return u > 0.5 ? 1.0 - z * p : z * p;
}
#endif

static const double peak = 3e-4;

static double rising(int64_t step) { return peak * ((double)(step + 1) / 6000.0); }
static double falling(int64_t step) {
  return peak * (1.0 + (0.01 - 1.0) * haversine((double)(step - 6000) / 94000.0));
}

#ifdef COSINE_NAME
double COSINE_NAME(int64_t step) {
  if (step < 6000) return rising(step);
  if (step >= 100000) return peak * 0.01;
  return falling(step);
}
#endif

#ifdef COSINE_GROUPS
void COSINE_GROUPS(int64_t step, const double* factors, double* values, int64_t groups) {
  const double value = COSINE_NAME(step);
  for (int64_t group = 0; group < groups; ++group) values[group] = factors[group] * value;
}
#endif

#ifdef COSINE_CURVE
void COSINE_CURVE(double* values) {
  for (int64_t step = 0; step < 6000; ++step) values[step] = rising(step);
  for (int64_t step = 6000; step < 100000; ++step) values[step] = falling(step);
}
#endif
