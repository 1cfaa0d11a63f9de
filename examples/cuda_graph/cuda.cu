#include "cuda_machine.h"
#include "training.h"

namespace digits {

std::unique_ptr<Trainer> train_on_gpu(const Task& task) {
  return std::make_unique<Training<CudaMachine>>(task);
}

}  // namespace digits
