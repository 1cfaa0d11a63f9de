#include "host_machine.h"
#include "training.h"

namespace digits {

std::unique_ptr<Trainer> train_on_host(const Task& task) {
  return std::make_unique<Training<HostMachine>>(task);
}

#ifndef DIGITS_CUDA
std::unique_ptr<Trainer> train_on_gpu(const Task&) {
  throw Failure(environment,
                "this program was built without CUDA, because there was no nvcc: --host trains "
                "without a GPU");
}
#endif

}  // namespace digits
