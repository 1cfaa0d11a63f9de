// The LibTorch adapter: groups, values at every step, refusals, and resuming with the same bits.

#include "runtime/torch/optimizer.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/count_allocations.h"
#include "tests/runtime/small_program.h"

namespace lrc::libtorch {
namespace {

// Two layers and a norm: six parameters, of which four are in the program's group `norms`.
struct TinyImpl : torch::nn::Module {
  TinyImpl()
      : first(register_module("first", torch::nn::Linear(4, 8))),
        norm(register_module("norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({8})))),
        last(register_module("last", torch::nn::Linear(8, 1))) {}
  torch::Tensor forward(const torch::Tensor& x) { return last(torch::relu(norm(first(x)))); }
  torch::nn::Linear first;
  torch::nn::LayerNorm norm;
  torch::nn::Linear last;
};
TORCH_MODULE(Tiny);

runtime::Program program_with(const std::string& extra_output) {
  runtime::Program program = runtime::small_program(0.5);
  program.outputs.push_back(extra_output);
  const auto slot = [&program](std::uint32_t output, std::uint32_t set) {
    return program.slots[set * 2 + output];
  };
  const auto extra = [](std::uint32_t set, std::uint32_t real) {
    return runtime::Slot{2, set, {1, 0, real}};
  };
  // The extra output is 0.1 outside groups and 0 in `norms`, as weight_decay is.
  program.slots = {slot(0, 0), slot(1, 0), extra(0, 5), slot(0, 1), slot(1, 1), extra(1, 6)};
  return program;
}

// A tiny model with its groups, an optimizer, and a schedule: all that a trainer has.
template <typename Optimizer, typename Options>
struct Setup {
  explicit Setup(runtime::Program program, const Options& options)
      : parameters(trainable_parameters(*model)),
        groups(parameter_groups(parameters,
                                runtime::assign_groups(program.groups, parameters.names).value())),
        schedule(std::move(program)),
        optimizer(groups.groups, options) {}

  [[nodiscard]] auto attach(const std::vector<std::string>& handled = {}) {
    return OptimizerSchedule::attach(optimizer, schedule, groups.group_sets, handled);
  }
  [[nodiscard]] const Options& options(std::size_t group) {
    return dynamic_cast<const Options&>(optimizer.param_groups()[group].options());
  }

  Tiny model;
  Parameters parameters;
  ParameterGroups groups;
  runtime::Schedule schedule;
  Optimizer optimizer;
};
using AdamW = Setup<torch::optim::AdamW, torch::optim::AdamWOptions>;
using Sgd = Setup<torch::optim::SGD, torch::optim::SGDOptions>;

TEST(ParameterGroups, OneForEachSetThatHasParametersInOrder) {
  AdamW tiny(runtime::small_program(), torch::optim::AdamWOptions());
  EXPECT_EQ(tiny.parameters.names,
            (std::vector<std::string>{"first.weight", "first.bias", "norm.weight", "norm.bias",
                                      "last.weight", "last.bias"}));
  ASSERT_EQ(tiny.groups.groups.size(), 2U);
  EXPECT_EQ(tiny.groups.group_sets, (std::vector<std::uint32_t>{0, 1}));
  const auto& rest = tiny.groups.groups[0].params();
  ASSERT_EQ(rest.size(), 2U);
  EXPECT_TRUE(rest[0].is_same(tiny.model->first->weight));
  EXPECT_TRUE(rest[1].is_same(tiny.model->last->weight));
  EXPECT_EQ(tiny.groups.groups[1].params().size(), 4U);
}

TEST(ParameterGroups, LeaveOutFrozenParametersAndListSharedOnesOnce) {
  Tiny model;
  model->first->weight.set_requires_grad(false);
  model->register_module("alias", model->last);
  EXPECT_EQ(trainable_parameters(*model).names,
            (std::vector<std::string>{"first.bias", "norm.weight", "norm.bias", "last.weight",
                                      "last.bias"}));
}

TEST(OptimizerSchedule, SetsTheValuesOfEveryGroupAtEveryStep) {
  AdamW tiny(runtime::small_program(0.5), torch::optim::AdamWOptions());
  auto rates = tiny.attach();
  ASSERT_TRUE(rates.has_value()) << rates.error();
  for (const double lr : {0.125, 0.25, 0.375, 0.5, 0.5, 0.5}) {
    rates->apply();
    EXPECT_EQ(tiny.options(0).lr(), lr);
    EXPECT_EQ(tiny.options(1).lr(), lr / 2);
    EXPECT_EQ(tiny.options(0).weight_decay(), 0.1);
    EXPECT_EQ(tiny.options(1).weight_decay(), 0.0);
    EXPECT_EQ(rates->value("lr", 1), lr / 2);
    tiny.schedule.advance();
  }
}

TEST(OptimizerSchedule, KnowsTheOptionsOfEachOptimizer) {
  for (const char* name : {"beta1", "beta2", "eps"}) {
    AdamW tiny(program_with(name), torch::optim::AdamWOptions());
    auto rates = tiny.attach();
    ASSERT_TRUE(rates.has_value()) << rates.error();
    rates->apply();
    const auto& options = tiny.options(0);
    const std::string output = name;
    EXPECT_EQ(output == "eps"     ? options.eps()
              : output == "beta1" ? std::get<0>(options.betas())
                                  : std::get<1>(options.betas()),
              0.1);
  }
  Sgd tiny(program_with("momentum"), torch::optim::SGDOptions(1.0));
  auto rates = tiny.attach();
  ASSERT_TRUE(rates.has_value()) << rates.error();
  rates->apply();
  EXPECT_EQ(tiny.options(0).momentum(), 0.1);
  EXPECT_EQ(tiny.options(1).momentum(), 0.0);
}

// Applies and reads `updates` updates; how often memory was allocated meanwhile.
template <typename Trainer>
long allocations_of(Trainer& trainer, OptimizerSchedule& rates, int updates, double& sum) {
  const long before = allocations;
  for (int i = 0; i < updates; ++i) {
    rates.apply();
    // The name is longer than what a string holds without memory of its own.
    sum += rates.value("weight_decay_of_the_head", 1).value_or(1) + rates.value("lr").value_or(1);
    trainer.schedule.advance();
  }
  return allocations - before;
}

TEST(OptimizerSchedule, TheCounterCounts) {
  const long before = allocations;
  const auto tensor = torch::ones({1000});  // in torch's own libraries
  EXPECT_GT(allocations - before, 0) << tensor.numel();
}

TEST(OptimizerSchedule, AnUpdateAllocatesNothing) {
  double sum = 0;
  AdamW adamw(program_with("weight_decay_of_the_head"), torch::optim::AdamWOptions());
  auto rates = adamw.attach({"weight_decay_of_the_head"});
  ASSERT_TRUE(rates.has_value()) << rates.error();
  EXPECT_EQ(allocations_of(adamw, *rates, 500, sum), 0);
  for (const char* name : {"beta1", "beta2", "eps"}) {
    AdamW tiny(program_with(name), torch::optim::AdamWOptions());
    auto attached = tiny.attach();
    ASSERT_TRUE(attached.has_value()) << attached.error();
    EXPECT_EQ(allocations_of(tiny, *attached, 500, sum), 0) << name;
  }
  Sgd sgd(program_with("momentum"), torch::optim::SGDOptions(1.0));
  auto attached = sgd.attach();
  ASSERT_TRUE(attached.has_value()) << attached.error();
  EXPECT_EQ(allocations_of(sgd, *attached, 500, sum), 0);
  EXPECT_GT(sum, 0);
}

TEST(OptimizerSchedule, AnOutputThatTheOptimizerCannotTakeIsAnErrorThatNamesIt) {
  Sgd sgd(program_with("beta2"), torch::optim::SGDOptions(1.0));
  EXPECT_EQ(sgd.attach().error(),
            "the optimizer has no option for `beta2` of the policy: the trainer must handle it and "
            "say so");
  AdamW adamw(program_with("momentum"), torch::optim::AdamWOptions());
  EXPECT_NE(adamw.attach().error().find("`momentum`"), std::string::npos);
}

TEST(OptimizerSchedule, ATrainerReadsWhatItHandlesItself) {
  AdamW tiny(program_with("grad_clip"), torch::optim::AdamWOptions());
  EXPECT_FALSE(tiny.attach().has_value());
  const auto rates = tiny.attach({"grad_clip"});
  ASSERT_TRUE(rates.has_value()) << rates.error();
  EXPECT_EQ(rates->value("grad_clip"), 0.1);
  EXPECT_EQ(rates->value("grad_clip", 1), 0.0);
  EXPECT_EQ(rates->value("temperature"), std::nullopt);
  EXPECT_EQ(rates->value("lr", 2), std::nullopt);
}

TEST(OptimizerSchedule, RefusesToHandleWhatThePolicyDoesNotHave) {
  AdamW tiny(runtime::small_program(), torch::optim::AdamWOptions());
  EXPECT_EQ(tiny.attach({"gradclip"}).error(),
            "the trainer handles `gradclip`, which the policy does not have");
}

TEST(OptimizerSchedule, RefusesAnotherNumberOfGroups) {
  AdamW tiny(runtime::small_program(), torch::optim::AdamWOptions());
  EXPECT_FALSE(OptimizerSchedule::attach(tiny.optimizer, tiny.schedule, {0}).has_value());
  EXPECT_FALSE(OptimizerSchedule::attach(tiny.optimizer, tiny.schedule, {0, 2}).has_value());
  auto rates = tiny.attach();
  ASSERT_TRUE(rates.has_value());
  tiny.optimizer.add_param_group(torch::optim::OptimizerParamGroup({torch::ones({1})}));
  EXPECT_THROW(rates->apply(), c10::Error);
}

// Trains until the schedule stands at `steps_to`; the losses.
std::vector<double> train(AdamW& tiny, OptimizerSchedule& rates, std::int64_t steps_to) {
  const auto inputs = torch::arange(32).view({8, 4}) / 32.0;
  const auto targets = inputs.sum(1, /*keepdim=*/true);
  std::vector<double> losses;
  while (tiny.schedule.step() < steps_to) {
    rates.apply();
    const auto loss = torch::mse_loss(tiny.model(inputs), targets);
    tiny.optimizer.zero_grad();
    loss.backward();
    tiny.optimizer.step();
    tiny.schedule.advance();
    losses.push_back(loss.item<double>());
  }
  return losses;
}

template <typename Value>
std::string saved(const Value& value) {
  std::ostringstream bytes;
  torch::save(value, bytes);
  return bytes.str();
}

template <typename Value>
void load(Value& value, const std::string& text) {
  std::istringstream bytes(text);
  torch::load(value, bytes);
}

TEST(OptimizerSchedule, GoesOnWithTheSameBitsInANewOptimizer) {
  torch::manual_seed(7);
  torch::set_num_threads(1);
  AdamW whole(runtime::small_program(0.01), torch::optim::AdamWOptions());
  auto whole_rates = whole.attach();
  ASSERT_TRUE(whole_rates.has_value());
  train(whole, *whole_rates, 3);  // in the middle of warmup
  const std::string model = saved(whole.model);
  const std::string optimizer = saved(whole.optimizer);
  const std::string state = runtime::save_state(whole.schedule.state());
  const auto expected = train(whole, *whole_rates, 20);

  AdamW resumed(runtime::small_program(0.01), torch::optim::AdamWOptions());
  auto rates = resumed.attach();  // before loading: it must survive the loading
  ASSERT_TRUE(rates.has_value());
  load(resumed.model, model);
  load(resumed.optimizer, optimizer);
  ASSERT_TRUE(resumed.schedule.resume(runtime::load_state(state).value()).has_value());
  EXPECT_EQ(train(resumed, *rates, 20), expected);
  for (std::size_t i = 0; i < whole.parameters.tensors.size(); ++i) {
    EXPECT_TRUE(torch::equal(whole.parameters.tensors[i], resumed.parameters.tensors[i]));
  }
}

}  // namespace
}  // namespace lrc::libtorch
