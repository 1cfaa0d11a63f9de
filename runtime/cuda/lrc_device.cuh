/* lrc inside your own kernels, for CUDA C++: a policy's values as device functions.
 *
 *   #include <lrc_device.cuh>
 *   __global__ void sgd(float *weights, const float *gradients, long long step) {
 *     const float rate = static_cast<float>(lrc_eval(step, 0, nullptr));
 *     …
 *   }
 *
 * The functions are in the PTX that `lrc compile --emit ptx --name lrc` writes, and in an artifact
 * for a GPU. A kernel that calls them is compiled as relocatable device code and linked with it:
 *
 *   lrc compile --emit ptx --target sm_90 --name lrc -o schedule.ptx schedule.lrp
 *   ptxas -c -arch=sm_90 schedule.ptx -o schedule.cubin
 *   nvcc -arch=sm_90 -dc sgd.cu -o sgd.o
 *   nvlink -arch=sm_90 sgd.o schedule.cubin -o sgd.cubin          to be loaded by cuModuleLoad, or
 *   nvcc -arch=sm_90 -dlink sgd.o schedule.cubin -o linked.o      for a program: link both objects
 *
 * nvJitLink takes the PTX as it stands, beside what NVRTC made with --relocatable-device-code=true.
 *
 * The bits are those of every other backend, whatever your own code is compiled with. Any number of
 * threads may call the functions. A value takes some hundred instructions: the kernel at the head
 * of a graph (lrc_cuda.h) computes each once an update, and these are for who needs others. */
#ifndef LRC_DEVICE_CUH
#define LRC_DEVICE_CUH

/* For code that was written under another name, `--name NAME`: several policies in one program.
 *
 * NAME_eval    the value that update `step` (0 <= step) uses of slot `slot`, one that the policy
 *              has: output + group * outputs. `factors`: in device memory, one number for each
 *              reaction of the policy's rules, as lrc_device_address gives them; null where the
 *              policy has no rules, or for rules at rest.
 * NAME_values  the values of all slots, one after the other.
 * NAME_hash    of the policy with its facts, closed by a zero. */
#define LRC_DEVICE_POLICY(NAME)                                                             \
  extern "C" {                                                                              \
  __device__ double NAME##_eval(long long step, unsigned int slot, const double *factors);  \
  __device__ void NAME##_values(long long step, double *values, const double *factors);     \
  extern __device__ const char NAME##_hash[];                                               \
  }

LRC_DEVICE_POLICY(lrc)

#endif
