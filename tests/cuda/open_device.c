/* Opens a device schedule and prints why it could not; the exit code is the status. */
#include <stdio.h>

#include "lrc_cuda.h"

static const char text[] = "policy p version 1 { run 9 steps peak 1 lr = hold }";

int main(void) {
  lrc_policy* policy = NULL;
  lrc_run* run = NULL;
  lrc_device* device = NULL;
  char reason[4096] = "";
  lrc_status status = lrc_policy_read(text, sizeof text - 1, &policy);
  if (status == LRC_FINE) status = lrc_bind(policy, NULL, &run);
  if (status == LRC_FINE) status = lrc_device_open(run, NULL, &device);
  if (status != LRC_FINE) lrc_last_error(reason, sizeof reason);
  puts(reason);
  lrc_device_close(device);
  lrc_run_release(run);
  lrc_policy_release(policy);
  return (int)status;
}
