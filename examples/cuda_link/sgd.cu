// A kernel that asks for the rate itself: nothing on the host sets or copies it, and a captured
// graph that holds it needs the number of the update alone.

#include <lrc_device.cuh>

// The slots of schedule.lrp.
enum : unsigned { rate_slot = 0, decay_slot = 1 };

extern "C" __global__ void sgd(float *weights, const float *gradients, int count,
                               const long long *step) {
  // Once a block: the value is the same for all threads.
  __shared__ float rate, decay;
  if (threadIdx.x == 0) {
    rate = static_cast<float>(lrc_eval(*step, rate_slot, nullptr));
    decay = static_cast<float>(lrc_eval(*step, decay_slot, nullptr));
  }
  __syncthreads();
  const int k = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (k < count) weights[k] -= rate * (gradients[k] + decay * weights[k]);
}
