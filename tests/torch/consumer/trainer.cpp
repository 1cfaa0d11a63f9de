#include <cstdio>

#include <torch/agree.h>
#include <torch/optimizer.h>
#include <torch/torch.h>

int main() {
  torch::nn::Linear model(2, 1);
  const auto parameters = lrc::libtorch::trainable_parameters(*model);
  const auto policy = lrc::Policy::read("warmup 10 steps linear then constant").value();
  auto run = policy.bind({.run = "100 steps", .peak = "1", .names = parameters.names}).value();
  const auto groups = lrc::libtorch::parameter_groups(parameters, run);
  torch::optim::SGD optimizer(groups.groups, torch::optim::SGDOptions(0));
  auto rates = lrc::libtorch::OptimizerSchedule::attach(optimizer, run, groups).value();
  for (; run.step() < 4; run.advance()) rates.apply();
  rates.apply();
  std::printf("%g\n", optimizer.param_groups()[0].options().get_lr());
}
