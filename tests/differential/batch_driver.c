/* Calls functions[0], functions[1], … at what standard input says and writes the values to standard
 * output.
 *
 * By function, in numbers of eight bytes: how many slots, reactions and points; by point the step
 * and the factor of each reaction. What is written has no counts. Little-endian, as are all
 * machines that this is for. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef void function(int64_t step, double* values, const double* factors);
extern function* const functions[]; /* closed by a null pointer */

static void read_all(void* room, int64_t count) {
  if (fread(room, 8, (size_t)count, stdin) != (size_t)count) exit(1);
}

static void call(function* called) {
  int64_t counts[3], step;
  read_all(counts, 3);
  double* values = calloc((size_t)counts[0] + 1, sizeof(double));
  double* factors = calloc((size_t)counts[1] + 1, sizeof(double));
  for (int64_t point = 0; point < counts[2]; ++point) {
    read_all(&step, 1);
    read_all(factors, counts[1]);
    called(step, values, factors);
    fwrite(values, 8, (size_t)counts[0], stdout);
  }
  free(values);
  free(factors);
}

int main(void) {
  for (function* const* each = functions; *each != 0; ++each) call(*each);
  return fflush(stdout) == 0 ? 0 : 1;
}
