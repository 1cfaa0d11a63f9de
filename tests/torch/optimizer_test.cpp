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

// lr rises to `peak` in 4 updates and stays, half of it in `norms`; weight_decay is 0.1, and in
// `norms` 0; `more` is one more line.
Policy policy_with(const std::string& more, const std::string& peak = "0.5",
                   const std::string& of_norms = "weight_decay = 0") {
  return Policy::read("policy tiny version 2 {\n  peak " + peak +
                      "\n  run 8 steps\n  lr = warmup 4 steps linear then hold\n"
                      "  weight_decay = 0.1\n  " +
                      more + "\n  group norms matches \"*norm*\", \"*.bias\" { lr by 0.5\n    " +
                      of_norms + " }\n}\n")
      .value();
}

// A tiny model with its groups, an optimizer, and a run: all that a trainer has.
template <typename Optimizer, typename Options>
struct Setup {
  explicit Setup(const Policy& policy, const Options& options = Options())
      : parameters(trainable_parameters(*model)),
        run(policy.bind({.names = parameters.names}).value()),
        groups(parameter_groups(parameters, run)),
        optimizer(groups.groups, options) {}

  [[nodiscard]] auto attach(const std::vector<std::string>& handled = {}) {
    return OptimizerSchedule::attach(optimizer, run, groups, handled);
  }
  [[nodiscard]] const Options& options(std::size_t group) {
    return dynamic_cast<const Options&>(optimizer.param_groups()[group].options());
  }

  Tiny model;
  Parameters parameters;
  Run run;
  ParameterGroups groups;
  Optimizer optimizer;
};
using AdamW = Setup<torch::optim::AdamW, torch::optim::AdamWOptions>;
using Sgd = Setup<torch::optim::SGD, torch::optim::SGDOptions>;
using Lbfgs = Setup<torch::optim::LBFGS, torch::optim::LBFGSOptions>;

TEST(ParameterGroups, OneForEachSetThatHasParametersInOrder) {
  AdamW tiny(policy_with(""));
  EXPECT_EQ(tiny.parameters.names,
            (std::vector<std::string>{"first.weight", "first.bias", "norm.weight", "norm.bias",
                                      "last.weight", "last.bias"}));
  ASSERT_EQ(tiny.groups.groups.size(), 2U);
  EXPECT_EQ(tiny.groups.names, (std::vector<std::vector<std::size_t>>{{0, 4}, {1, 2, 3, 5}}));
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
  AdamW tiny(policy_with(""));
  auto rates = tiny.attach();
  ASSERT_TRUE(rates.has_value()) << rates.error().text;
  for (const double lr : {0.125, 0.25, 0.375, 0.5, 0.5, 0.5}) {
    rates->apply();
    EXPECT_EQ(tiny.options(0).lr(), lr);
    EXPECT_EQ(tiny.options(1).lr(), lr / 2);
    EXPECT_EQ(tiny.options(0).weight_decay(), 0.1);
    EXPECT_EQ(tiny.options(1).weight_decay(), 0.0);
    EXPECT_EQ(rates->value("lr", 1), lr / 2);
    tiny.run.advance();
  }
}

// Every option of `Options` that a policy can schedule, read back after one update.
template <typename Optimizer, typename Options>
void expect_option(const std::string& output, double (*read)(const Options&),
                   const Options& options = Options()) {
  Setup<Optimizer, Options> tiny(policy_with(output + " = 0.25"), options);
  auto rates = tiny.attach();
  ASSERT_TRUE(rates.has_value()) << output << ": " << rates.error().text;
  rates->apply();
  EXPECT_EQ(read(tiny.options(0)), 0.25) << output;
  EXPECT_EQ(read(tiny.options(1)), 0.25) << output;
  EXPECT_EQ(tiny.options(0).weight_decay(), 0.1) << output;
  EXPECT_EQ(tiny.options(0).lr(), 0.125) << output;
}

TEST(OptimizerSchedule, KnowsTheOptionsOfEachOptimizer) {
  using namespace torch::optim;
  const auto eps = [](const auto& options) { return options.eps(); };
  const auto beta1 = [](const auto& options) { return std::get<0>(options.betas()); };
  const auto beta2 = [](const auto& options) { return std::get<1>(options.betas()); };
  const auto momentum = [](const auto& options) { return options.momentum(); };
  expect_option<torch::optim::AdamW, AdamWOptions>("eps", eps);
  expect_option<torch::optim::AdamW, AdamWOptions>("beta1", beta1);
  expect_option<torch::optim::AdamW, AdamWOptions>("beta2", beta2);
  expect_option<torch::optim::Adam, AdamOptions>("eps", eps);
  expect_option<torch::optim::Adam, AdamOptions>("beta1", beta1);
  expect_option<torch::optim::Adam, AdamOptions>("beta2", beta2);
  expect_option<torch::optim::Adagrad, AdagradOptions>("eps", eps);
  expect_option<torch::optim::RMSprop, RMSpropOptions>("eps", eps);
  expect_option<torch::optim::RMSprop, RMSpropOptions>("momentum", momentum);
  expect_option<torch::optim::RMSprop, RMSpropOptions>(
      "alpha", [](const RMSpropOptions& options) { return options.alpha(); });
  expect_option<torch::optim::SGD, SGDOptions>("momentum", momentum, SGDOptions(1.0));
  expect_option<torch::optim::SGD, SGDOptions>(
      "dampening", [](const SGDOptions& options) { return options.dampening(); }, SGDOptions(1.0));
}

// L-BFGS takes one group, and has an lr.
TEST(OptimizerSchedule, SetsTheLrOfLbfgs) {
  Lbfgs tiny(
      Policy::read(
          "policy whole version 1 { peak 0.5\n run 8 steps\n lr = warmup 4 steps then hold }")
          .value());
  auto rates = tiny.attach();
  ASSERT_TRUE(rates.has_value()) << rates.error().text;
  rates->apply();
  EXPECT_EQ(tiny.options(0).lr(), 0.125);
}

// Applies and reads `updates` updates; how often memory was allocated meanwhile.
template <typename Trainer>
long allocations_of(Trainer& trainer, OptimizerSchedule& rates, int updates, double& sum) {
  const long before = allocations;
  for (int i = 0; i < updates; ++i) {
    rates.apply();
    // The name is longer than what a string holds without memory of its own.
    sum += rates.value("weight_decay_of_the_head", 1).value_or(1) + rates.value("lr").value_or(1);
    trainer.run.advance();
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
  AdamW adamw(policy_with("weight_decay_of_the_head = 0.1"));
  auto rates = adamw.attach({"weight_decay_of_the_head"});
  ASSERT_TRUE(rates.has_value()) << rates.error().text;
  EXPECT_EQ(allocations_of(adamw, *rates, 500, sum), 0);
  for (const char* name : {"beta1", "beta2", "eps"}) {
    AdamW tiny(policy_with(std::string(name) + " = 0.1"));
    auto attached = tiny.attach();
    ASSERT_TRUE(attached.has_value()) << attached.error().text;
    EXPECT_EQ(allocations_of(tiny, *attached, 500, sum), 0) << name;
  }
  Sgd sgd(policy_with("momentum = 0.1"), torch::optim::SGDOptions(1.0));
  auto attached = sgd.attach();
  ASSERT_TRUE(attached.has_value()) << attached.error().text;
  EXPECT_EQ(allocations_of(sgd, *attached, 500, sum), 0);
  EXPECT_GT(sum, 0);
}

TEST(OptimizerSchedule, AnOutputThatTheOptimizerCannotTakeIsAnErrorThatNamesIt) {
  Sgd sgd(policy_with("beta2 = 0.1"), torch::optim::SGDOptions(1.0));
  EXPECT_EQ(sgd.attach().error().text,
            "the optimizer has no option for `beta2` of the policy: the trainer must handle it and "
            "say so");
  AdamW adamw(policy_with("momentum = 0.1"));
  EXPECT_NE(adamw.attach().error().text.find("`momentum`"), std::string::npos);
}

TEST(OptimizerSchedule, ATrainerReadsWhatItHandlesItself) {
  AdamW tiny(policy_with("grad_clip = 0.1", "0.5", "grad_clip = 0"));
  EXPECT_FALSE(tiny.attach().has_value());
  const auto rates = tiny.attach({"grad_clip"});
  ASSERT_TRUE(rates.has_value()) << rates.error().text;
  EXPECT_EQ(rates->value("grad_clip"), 0.1);
  EXPECT_EQ(rates->value("grad_clip", 1), 0.0);
  EXPECT_EQ(rates->value("temperature"), std::nullopt);
  EXPECT_EQ(rates->value("lr", 2), std::nullopt);
}

TEST(OptimizerSchedule, RefusesToHandleWhatThePolicyDoesNotHave) {
  AdamW tiny(policy_with(""));
  EXPECT_EQ(tiny.attach({"gradclip"}).error().text,
            "the trainer handles `gradclip`, which the policy does not have");
}

TEST(OptimizerSchedule, RefusesAnotherNumberOfGroups) {
  AdamW tiny(policy_with(""));
  auto rates = tiny.attach();
  ASSERT_TRUE(rates.has_value());
  tiny.optimizer.add_param_group(torch::optim::OptimizerParamGroup({torch::ones({1})}));
  EXPECT_THROW(rates->apply(), c10::Error);
  EXPECT_FALSE(tiny.attach().has_value());
}

// norms are frozen for the first 3 updates: no gradient, and every bit of them stays.
TEST(OptimizerSchedule, FrozenGroupsHaveNoGradientAndThaw) {
  AdamW tiny(policy_with("", "0.01", "frozen for 3 steps"));
  auto rates = tiny.attach();
  ASSERT_TRUE(rates.has_value()) << rates.error().text;
  const auto norm = tiny.model->norm->weight.detach().clone();
  for (; tiny.run.step() < 6; tiny.run.advance()) {
    rates->apply();
    const bool frozen = tiny.run.step() < 3;
    EXPECT_EQ(tiny.model->norm->weight.requires_grad(), !frozen);
    EXPECT_TRUE(tiny.model->first->weight.requires_grad());
    tiny.optimizer.zero_grad();
    tiny.model(torch::ones({2, 4})).sum().backward();
    tiny.optimizer.step();
    EXPECT_EQ(torch::equal(norm, tiny.model->norm->weight), frozen) << tiny.run.step();
  }
}

// Trains until the schedule stands at `steps_to`; the losses.
std::vector<double> train(AdamW& tiny, OptimizerSchedule& rates, std::int64_t steps_to) {
  const auto inputs = torch::arange(32).view({8, 4}) / 32.0;
  const auto targets = inputs.sum(1, /*keepdim=*/true);
  std::vector<double> losses;
  while (tiny.run.step() < steps_to) {
    rates.apply();
    const auto loss = torch::mse_loss(tiny.model(inputs), targets);
    tiny.optimizer.zero_grad();
    loss.backward();
    tiny.optimizer.step();
    tiny.run.advance();
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

// What a trainer saves, in one archive each.
struct Saved {
  std::string model, optimizer, rates;
};
Saved save_all(AdamW& tiny, const OptimizerSchedule& rates) {
  torch::serialize::OutputArchive archive;
  rates.save(archive);
  std::ostringstream bytes;
  archive.save_to(bytes);
  return {saved(tiny.model), saved(tiny.optimizer), bytes.str()};
}

Result<void> load_rates(OptimizerSchedule& rates, const std::string& text,
                        const std::string& word = {}) {
  std::istringstream bytes(text);
  torch::serialize::InputArchive archive;
  archive.load_from(bytes);
  return rates.load(archive, word);
}

TEST(OptimizerSchedule, GoesOnWithTheSameBitsInANewOptimizerInAnyOrderOfLoading) {
  torch::manual_seed(7);
  torch::set_num_threads(1);
  const Policy policy = policy_with("", "0.01", "frozen for 2 steps");
  AdamW whole(policy);
  auto whole_rates = whole.attach();
  ASSERT_TRUE(whole_rates.has_value());
  train(whole, *whole_rates, 3);  // in the middle of warmup
  const Saved at_3 = save_all(whole, *whole_rates);
  const auto expected = train(whole, *whole_rates, 20);
  for (const bool optimizer_first : {true, false}) {
    AdamW resumed(policy);
    auto rates = resumed.attach();  // before loading: it must survive the loading
    ASSERT_TRUE(rates.has_value());
    load(resumed.model, at_3.model);
    if (optimizer_first) load(resumed.optimizer, at_3.optimizer);
    ASSERT_TRUE(load_rates(*rates, at_3.rates).has_value());
    if (!optimizer_first) load(resumed.optimizer, at_3.optimizer);
    EXPECT_EQ(train(resumed, *rates, 20), expected);
    for (std::size_t i = 0; i < whole.parameters.tensors.size(); ++i) {
      EXPECT_TRUE(torch::equal(whole.parameters.tensors[i], resumed.parameters.tensors[i]));
    }
  }
}

TEST(OptimizerSchedule, AnotherPolicysArchiveIsRefusedUnlessAWordSaysHow) {
  AdamW first(policy_with("", "0.5"));
  auto first_rates = first.attach();
  ASSERT_TRUE(first_rates.has_value());
  train(first, *first_rates, 5);
  const Saved at_5 = save_all(first, *first_rates);
  AdamW second(policy_with("", "0.25"));
  auto rates = second.attach();
  ASSERT_TRUE(rates.has_value());
  const auto refused = load_rates(*rates, at_5.rates);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().status, Status::refused);
  EXPECT_EQ(second.run.step(), 0);
  ASSERT_TRUE(load_rates(*rates, at_5.rates, "rebind").has_value());
  EXPECT_EQ(second.run.step(), 5);
  rates->apply();
  EXPECT_EQ(second.options(0).lr(), 0.25);
  ASSERT_TRUE(load_rates(*rates, at_5.rates, "keep").has_value());
  rates->apply();
  EXPECT_EQ(second.options(0).lr(), 0.5);
}

// `keep` would bring back a policy that splits the parameters otherwise than the optimizer does.
TEST(OptimizerSchedule, APolicyWithOtherGroupsThanTheOptimizersIsRefused) {
  AdamW first(policy_with(""));
  auto first_rates = first.attach();
  ASSERT_TRUE(first_rates.has_value());
  const Saved at_0 = save_all(first, *first_rates);
  AdamW second(
      Policy::read("policy whole version 1 { peak 0.5\n run 8 steps\n lr = hold }").value());
  auto rates = second.attach();
  ASSERT_TRUE(rates.has_value());
  const auto kept = load_rates(*rates, at_0.rates, "keep");
  ASSERT_FALSE(kept.has_value());
  EXPECT_NE(kept.error().text.find("groups"), std::string::npos) << kept.error().text;
  rates->apply();
  EXPECT_EQ(second.options(0).lr(), 0.5);
}

TEST(OptimizerSchedule, AnArchiveWithoutARecordIsRefused) {
  AdamW tiny(policy_with(""));
  auto rates = tiny.attach();
  ASSERT_TRUE(rates.has_value());
  const auto loaded = load_rates(*rates, saved(tiny.model));
  ASSERT_FALSE(loaded.has_value());
  EXPECT_NE(loaded.error().text.find("saved without OptimizerSchedule::save"), std::string::npos);
}

}  // namespace
}  // namespace lrc::libtorch
