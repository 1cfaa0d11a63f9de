/* The curve of cosine.h as an array: a loop for each phase, so that compilers vectorise them. With
   LIBMVEC the cosine is the library's, of which glibc has a vector form; otherwise the polynomial
   of cosine.c. */
#include "bench/cosine.h"

#ifdef LIBMVEC
#include <math.h>
static double haversine(double u) { return 0.5 - 0.5 * cos(0x1.921fb54442d18p+1 * u); }
#else
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

void CURVE_NAME(int64_t count, double* restrict values) {
  const double peak = 3e-4;
  const int64_t warm = count < 6000 ? count : 6000;
  const int64_t end = count < 100000 ? count : 100000;
  for (int64_t step = 0; step < warm; ++step) values[step] = peak * ((double)(step + 1) / 6000.0);
  for (int64_t step = warm; step < end; ++step)
    values[step] = peak * (1.0 + (0.01 - 1.0) * haversine((double)(step - 6000) / 94000.0));
  for (int64_t step = end; step < count; ++step) values[step] = peak * 0.01;
}
