// LibTorch's StepLR, the scheduler that its C++ side has.

#include <torch/torch.h>

#include <memory>

#include "bench/worker.h"

namespace lrc::bench {
namespace {

struct Scheduled {
  torch::optim::SGD optimizer;
  torch::optim::StepLR scheduler;
  explicit Scheduled(int groups) : optimizer(groups_of(groups), {3e-4}), scheduler(optimizer, 30) {}

  static std::vector<torch::optim::OptimizerParamGroup> groups_of(int groups) {
    std::vector<torch::optim::OptimizerParamGroup> made;
    for (int k = 0; k < groups; ++k) {
      made.emplace_back(std::vector<torch::Tensor>{torch::zeros({1})},
                        std::make_unique<torch::optim::SGDOptions>(3e-4));
    }
    return made;
  }
};

Body step_lr(int groups) {
  return [scheduled = std::make_shared<Scheduled>(groups)](std::int64_t times) {
    for (; times > 0; --times) scheduled->scheduler.step();
  };
}

}  // namespace
}  // namespace lrc::bench

int main() {
  lrc::bench::Worker worker;
  worker.add("step lr 64", [] { return lrc::bench::step_lr(64); });
  return worker.serve();
}
