// Kernels beside a schedule's in a test's graph, built for a GPU by `clang --target=nvptx64`, one
// thread each; and for the host, where a test plays the graph through.

#include <stdint.h>

#ifdef __NVPTX__
#define KERNEL __attribute__((nvptx_kernel))
#else
#define KERNEL
#endif

KERNEL void empty(void) {}

// Device addresses; replay.py lays it out alike.
struct Scenario {
  int64_t count;  // of updates so far: a row of what follows
  int64_t slots;
  int64_t metrics;
  int64_t metric_stride;  // bytes from one metric's place to the next one's
  const double* values;
  const float* floats;
  double* values_log;        // [update][slot]: written here, read by the host
  float* floats_log;         // the same
  const float* skips;        // [update]: what found_inf is afterwards
  const double* metrics_in;  // [update][metric]: what the trainer writes
  const int64_t* evaluations_in;
  float* found_inf;
  char* metric;
  char* evaluation;
};

// The rest of an update: what a trainer would do behind the schedule's node.
KERNEL void scenario(struct Scenario* s) {
  const int64_t row = s->count;
  for (int64_t k = 0; k < s->slots; ++k) {
    s->values_log[row * s->slots + k] = s->values[k];
    s->floats_log[row * s->slots + k] = s->floats[k];
  }
  *s->found_inf = s->skips[row];
  for (int64_t k = 0; k < s->metrics; ++k) {
    *(double*)(s->metric + k * s->metric_stride) = s->metrics_in[row * s->metrics + k];
    *(int64_t*)(s->evaluation + k * s->metric_stride) = s->evaluations_in[row * s->metrics + k];
  }
  s->count = row + 1;
}
