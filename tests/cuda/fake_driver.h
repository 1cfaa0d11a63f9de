/* A double of libcuda.so.1, opened through LRC_CUDA_DRIVER: "device" memory is memory of the host,
 * every call is recorded, and any call fails where a test says so. It computes nothing by itself
 * and stands for no GPU: what a kernel does is said by the test. Copies and launches happen when
 * they are called; on a stream that is being captured, launches wait for fake_replay. One thread at
 * a time, but for calls of the driver. */
#ifndef LRC_FAKE_DRIVER_H
#define LRC_FAKE_DRIVER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* Forgets all calls and what was asked of them; things that live go on. */
void fake_reset(void);

/* Of what is on this machine: how many devices, each of this compute capability. */
void fake_devices(int count, int major, int minor);

/* The call number `call` from now on, from 1, gives `code` and makes nothing; 0: none does. */
void fake_fail(uint64_t call, int code);

/* The functions called since fake_reset, one a line, as much as fits; the length of the whole. */
size_t fake_calls(char* buffer, size_t size);

/* What was made and not given back. */
typedef struct fake_living {
  int64_t contexts; /* times the primary context is retained */
  int64_t pushed;   /* times a context was made current, less those it was popped */
  int64_t modules, streams, allocations;
} fake_living;
fake_living fake_alive(void);

/* What a launch of any function runs, with its arguments (Block*, uint32_t) and `user`. NULL: none.
 */
typedef void (*fake_function)(void* block, uint32_t evaluate, void* user);
void fake_kernel(fake_function function, void* user);

/* How many threads a block of any function may have; 1,024 at first. */
void fake_most_threads(int threads);

/* How many threads the last launch asked for. */
unsigned fake_threads(void);

/* Whether launches on a stream (NULL is one) are captured. Beginning a capture forgets the one
 * before. */
void fake_capture(void* stream, int on);
/* What was captured, once more. */
void fake_replay(void);

/* What the driver's compiler says of the next images; NULL: nothing. */
void fake_log(const char* text);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#endif
