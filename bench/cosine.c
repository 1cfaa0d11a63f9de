#include "bench/cosine.h"

#ifndef COSINE_NAME
#define COSINE_NAME cosine_c
#endif

/* sin(pi u/2)^2 on [0, 1/2], mirrored; a plain Horner polynomial in u*u. */
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

double COSINE_NAME(int64_t step) {
  const double peak = 3e-4;
  if (step < 6000) return peak * ((double)(step + 1) / 6000.0);
  if (step >= 100000) return peak * 0.01;
  return peak * (1.0 + (0.01 - 1.0) * haversine((double)(step - 6000) / 94000.0));
}
