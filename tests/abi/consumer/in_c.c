#include <lrc.h>
#include <stdio.h>
#include <string.h>

int main(void) {
  const char* text = "warmup 10 steps linear then constant";
  lrc_facts facts = {.size = sizeof facts, .run = "100 steps", .peak = "1"};
  lrc_policy* policy;
  lrc_run* run;
  double values[100];
  if (lrc_policy_read(text, strlen(text), &policy) || lrc_bind(policy, &facts, &run)) {
    char error[4096];
    lrc_last_error(error, sizeof error);
    fputs(error, stderr);
    return 1;
  }
  for (int k = 0; k < 100; ++k) {
    lrc_values(run, &values[k]);
    lrc_advance(run);
  }
  printf("%g %g %g\n", values[0], values[4], values[99]);
  lrc_run_release(run);
  lrc_policy_release(policy);
  return 0;
}
