/* lrc on a GPU: the schedule inside a captured CUDA graph.
 *
 *   lrc_device_options options = {.size = sizeof options};
 *   if (lrc_device_open(run, &options, &device)) report();
 *   cudaStreamBeginCapture(stream, …);
 *   lrc_device_update(device, stream);            // at the head of the update
 *   …; adamw<<<…>>>(…, (const float*)lrc_device_address(device, LRC_DEVICE_FLOAT, lr_slot));
 *   cudaStreamEndCapture(stream, &graph);
 *   for (…) cudaGraphLaunch(executable, stream);  // no host work for the schedule from here on
 *   lrc_device_pull(device, run, stream); lrc_save_file(run, "run.state");
 *
 * lrc_device_update launches one kernel on the caller's stream. It counts the update before, lets
 * the rules judge metrics that have come, and writes the values of the coming update: the same bits
 * as lrc_values. Captured, it is one node, and a replay calls nothing on the host and copies
 * nothing.
 *
 * The run that a device schedule was opened with is its twin on the host: lrc_device_pull sets the
 * run to where the device stands, lrc_device_push the device to where the run stands; saving,
 * loading, words and agreement are the run's. Neither may be called while its stream is captured,
 * and both wait for the stream.
 *
 * The CUDA driver (libcuda.so.1) is opened by lrc_device_open and not linked. Device memory and
 * code are in the primary context of the device, as those of the CUDA runtime and of PyTorch are.
 * The GPU's code comes from the artifact where it has any for this GPU, otherwise from the
 * compiler.
 *
 * One thread at a time may call the functions of one device schedule, but lrc_device_next_event,
 * which one other thread may call at any time. Statuses, errors, texts and NULL are as in lrc.h. */
#ifndef LRC_CUDA_H
#define LRC_CUDA_H

#include "lrc.h"

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

typedef struct lrc_device lrc_device;

typedef struct lrc_device_options {
  size_t size;        /* sizeof(lrc_device_options) */
  int device;         /* its number, as CUDA counts them */
  uint64_t found_inf; /* the device address of a float that is not 0 where the update before was
                         skipped (mixed precision): such an update does not count. 0: none is */
  int64_t samples;    /* that an update takes, for the device's clocks; 0: they are not counted */
  int64_t tokens;
  size_t events; /* that the ring in device memory holds, a power of two; 0: 1,024 */
} lrc_device_options;

/* At the run's position. */
lrc_status lrc_device_open(lrc_run* run, const lrc_device_options* options, lrc_device** device);
void lrc_device_close(
    lrc_device* device); /* when no graph that holds its node runs; NULL is fine */

/* Launches the kernel on a CUstream or cudaStream_t; NULL is the default stream. */
lrc_status lrc_device_update(lrc_device* device, void* stream);

/* The run goes to where the device stands behind all updates of the stream and all metrics that
 * have come. */
lrc_status lrc_device_pull(lrc_device* device, lrc_run* run, void* stream);
/* The device goes to where the run stands, of the same policy and facts, with empty mailboxes.
 * Graphs stay as they are. */
lrc_status lrc_device_push(lrc_device* device, const lrc_run* run, void* stream);

/* Device addresses; they do not change. A slot is output + group * lrc_outputs(run). Behind open
 * and push, a metric has the last evaluation that the run took, or a number below 0. */
typedef enum lrc_device_place {
  LRC_DEVICE_DOUBLE = 0,     /* double: the value of slot `index`; those behind it follow */
  LRC_DEVICE_FLOAT = 1,      /* float: the same, rounded once */
  LRC_DEVICE_STEPS = 2,      /* int64_t: updates applied, while the coming one runs */
  LRC_DEVICE_SAMPLES = 3,    /* int64_t */
  LRC_DEVICE_TOKENS = 4,     /* int64_t */
  LRC_DEVICE_SKIPPED = 5,    /* int64_t: updates that were skipped */
  LRC_DEVICE_METRIC = 6,     /* double: where the trainer writes the value of metric `index`, and */
  LRC_DEVICE_EVALUATION = 7, /* int64_t: then the number of the evaluation, from 0, which rises */
  LRC_DEVICE_FACTORS = 8,    /* double: what the rules make of each reaction, for lrc_eval */
  LRC_DEVICE_BLOCK = 9       /* the whole block: the one argument of the kernel `lrc_update` */
} lrc_device_place;
uint64_t lrc_device_address(const lrc_device* device, lrc_device_place place, size_t index);

/* The metrics that rules observe, by the numbers that LRC_DEVICE_METRIC takes. */
size_t lrc_metrics(const lrc_run* run);
size_t lrc_metric_name(const lrc_run* run, size_t metric, char* buffer, size_t size);

/* The oldest event of the device that was not taken yet, as lrc_next_event; never waits for the
 * device's work. What the device wrote over before it was read is counted in the next event. */
size_t lrc_device_next_event(lrc_device* device, char* buffer, size_t size);

/* The bits that the device has for the coming update, as lines for LRC_RUN_AGREEMENT; waits for the
 * stream. 0: they could not be read, and lrc_last_error says why. */
size_t lrc_device_agreement(lrc_device* device, void* stream, char* buffer, size_t size);

/* What the GPU's code was made from: "artifact sm_90", or "compiler sm_90". */
size_t lrc_device_origin(const lrc_device* device, char* buffer, size_t size);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#endif
