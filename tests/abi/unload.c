/* Opens liblrc, compiles, binds, evaluates and closes it again, many times; the resident memory
 * must stop growing, and what was made must be usable until then. C99, by the header alone.
 *
 *     unload LIBRARY CYCLES */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lrc.h"

static long resident_pages(void) {
  long total = 0, resident = 0;
  FILE* file = fopen("/proc/self/statm", "r");
  if (file == NULL || fscanf(file, "%ld %ld", &total, &resident) != 2) exit(3);
  fclose(file);
  return resident;
}

/* ISO C has no cast from an object's pointer to a function's. */
static void find(void* library, const char* name, void* function) {
  void* found = dlsym(library, name);
  if (found == NULL) exit(4);
  memcpy(function, &found, sizeof found);
}

static void cycle(const char* path) {
  const char* text = "warmup 10 steps linear then constant";
  lrc_status (*read)(const void*, size_t, lrc_policy**);
  lrc_status (*bind)(const lrc_policy*, const lrc_facts*, lrc_run**);
  double (*value)(lrc_run*, size_t, size_t);
  void (*release)(lrc_policy*);
  void (*release_run)(lrc_run*);
  lrc_facts facts = {0};
  lrc_policy* policy;
  lrc_run* run;
  void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) exit(5);
  find(library, "lrc_policy_read", &read);
  find(library, "lrc_bind", &bind);
  find(library, "lrc_value", &value);
  find(library, "lrc_policy_release", &release);
  find(library, "lrc_run_release", &release_run);
  facts.size = sizeof facts;
  facts.run = "100 steps";
  facts.peak = "1";
  if (read(text, strlen(text), &policy) != LRC_FINE) exit(6);
  if (bind(policy, &facts, &run) != LRC_FINE) exit(7);
  if (value(run, 0, 0) != 0.1) exit(8);
  release_run(run);
  release(policy);
  if (dlclose(library) != 0) exit(9);
}

int main(int count, char** arguments) {
  long before;
  int k, cycles;
  if (count != 3) return 2;
  cycles = atoi(arguments[2]);
  for (k = 0; k < cycles / 4 + 1; ++k) cycle(arguments[1]);
  before = resident_pages();
  for (k = 0; k < cycles; ++k) cycle(arguments[1]);
  printf("%d cycles, %ld pages more\n", cycles, resident_pages() - before);
  return resident_pages() - before < 512 ? 0 : 1;
}
