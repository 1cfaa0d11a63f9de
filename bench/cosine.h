#ifndef LRC_BENCH_COSINE_H
#define LRC_BENCH_COSINE_H
/* Warmup over 6000 updates to 3e-4, then half a cosine wave to a hundredth of it at update 100000:
   what a person writes in C for one run. */

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

double cosine_c(int64_t step);       /* own polynomial */
double cosine_c_fused(int64_t step); /* the same file, with fused multiply-adds allowed */
double cosine_c_libm(int64_t step);  /* the same file, with the C library's cos */

/* The value of one update for each group, times the group's factor. */
void groups_c(int64_t step, const double* factors, double* values, int64_t groups);

/* All updates of the run, 100000 values: vectorised by the compiler, for the machine it runs on. */
void curve_c(double* values);
void curve_c_fused(double* values);
void curve_c_libmvec(double* values); /* with glibc's vector cos, within 4 ulp */

#ifdef __cplusplus
}
#endif
#endif
