// The network of examples/cuda_graph in LibTorch: one update is captured by at::cuda::CUDAGraph
// with the schedule at its head, and the fused AdamW of PyTorch reads its learning rate from a
// slot.

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <torch/torch.h>

#include <bit>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "lrc.hpp"
#include "lrc_cuda.h"

namespace {

constexpr std::int64_t pixels = 64, width = 64, classes = 10, batch = 64;
constexpr std::int64_t examples = 1797, trained_on = 1437;
constexpr std::int64_t batches = 1000;  // drawn in advance; the clock says which is next
constexpr int warm_ups = 3;             // updates before the capture, as PyTorch asks for

void check(lrc_status status) {
  if (status != LRC_FINE) throw std::runtime_error(lrc::detail::last_error(status).text);
}

std::size_t number_of(const lrc::Run& run, const char* output) {
  if (const auto number = run.output(output)) return *number;
  throw std::runtime_error(std::string("the policy has no output ") + output);
}

struct Digits {
  torch::Tensor images, labels;
};

Digits read_digits(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<std::uint8_t> rows(std::istreambuf_iterator<char>(file), {});
  if (rows.size() != examples * (pixels + 1))
    throw std::runtime_error(path + " is not what export_digits.py writes");
  const auto all =
      torch::from_blob(rows.data(), {examples, pixels + 1}, torch::kUInt8).to(torch::kCUDA);
  return {all.slice(1, 0, pixels).to(torch::kFloat32) / 16,
          all.select(1, pixels).to(torch::kInt64)};
}

torch::nn::Sequential network() {
  torch::manual_seed(1);
  torch::nn::Sequential made(torch::nn::Linear(pixels, width), torch::nn::ReLU(),
                             torch::nn::Linear(width, classes));
  made->to(torch::kCUDA);
  return made;
}

// The schedule in device memory, and tensors that are its places.
class Schedule {
 public:
  explicit Schedule(lrc::Run& run) : run_(run) {
    lrc_device_options options = {};
    options.size = sizeof options;
    lrc_device* device = nullptr;
    check(lrc_device_open(run.get(), &options, &device));
    device_.reset(device);
  }

  void update(c10::cuda::CUDAStream stream) {
    check(lrc_device_update(device_.get(), stream.stream()));
  }

  torch::Tensor rate(const char* output, std::size_t group) const {
    const std::size_t slot = number_of(run_, output) + group * run_.outputs().size();
    return place(LRC_DEVICE_FLOAT, slot, {}, torch::kFloat32);
  }
  torch::Tensor doubles() const {
    const auto slots = static_cast<std::int64_t>(run_.outputs().size() * run_.groups().size());
    return place(LRC_DEVICE_DOUBLE, 0, {slots}, torch::kFloat64);
  }
  torch::Tensor clock() const { return place(LRC_DEVICE_STEPS, 0, {1}, torch::kInt64); }

 private:
  torch::Tensor place(lrc_device_place what, std::size_t index, at::IntArrayRef sizes,
                      torch::ScalarType type) const {
    return torch::from_blob(reinterpret_cast<void*>(lrc_device_address(device_.get(), what, index)),
                            sizes, torch::TensorOptions().dtype(type).device(torch::kCUDA));
  }

  lrc::Run& run_;
  std::unique_ptr<lrc_device, lrc::detail::Releaser<lrc_device_close>> device_;
};

// The fused kernel takes these from the host, so they must stay what they are.
double constant(const lrc::Run& run, const char* output, std::int64_t updates) {
  std::vector<double> values(static_cast<std::size_t>(updates));
  run.evaluate_range(number_of(run, output), 0, 0, 1, values).value();
  for (const double value : values) {
    if (value != values.front())
      throw std::runtime_error(std::string("the policy moves ") + output +
                               ", which LibTorch's fused AdamW takes from the host");
  }
  return values.front();
}

// torch's fused AdamW over the tensors of one group. Its weight decay is done before it, since it
// takes the rate of that from the host, too.
struct AdamW {
  std::vector<std::size_t> numbers;  // of the tensors among all
  std::vector<torch::Tensor> values, means, squares, steps;
  torch::Tensor lr, weight_decay;
  double beta1 = 0, beta2 = 0;

  void add(std::size_t number, const torch::Tensor& value) {
    numbers.push_back(number);
    values.push_back(value);
    means.push_back(torch::zeros_like(value));
    squares.push_back(torch::zeros_like(value));
    steps.push_back(torch::zeros({}, value.options().requires_grad(false)));
  }
  std::vector<torch::Tensor> of_mine(const std::vector<torch::Tensor>& all) const {
    std::vector<torch::Tensor> mine;
    for (const std::size_t number : numbers) mine.push_back(all[number]);
    return mine;
  }
  void step(const std::vector<torch::Tensor>& gradients) {
    const torch::NoGradGuard guard;
    const auto kept = 1 - lr * weight_decay;
    for (auto& value : values) value.mul_(kept);
    at::_foreach_add_(steps, 1);
    at::_fused_adamw_(values, gradients, means, squares, {}, steps, lr, beta1, beta2,
                      /*weight_decay=*/0, /*eps=*/1e-8, /*amsgrad=*/false, /*maximize=*/false);
  }
};

class Training {
 public:
  Training(lrc::Run& run, const Digits& digits, const std::vector<torch::Tensor>& parameters,
           torch::nn::Sequential model, std::int64_t updates)
      : digits_(digits), parameters_(parameters), model_(std::move(model)), schedule_(run) {
    drawn_ = torch::randint(trained_on, {batches, batch}, torch::kInt64).to(torch::kCUDA);
    for (std::size_t group = 0; group < run.groups().size(); ++group) {
      AdamW& optimizer = optimizers_.emplace_back();
      optimizer.lr = schedule_.rate("lr", group);
      optimizer.weight_decay = schedule_.rate("weight_decay", group);
      optimizer.beta1 = constant(run, "beta1", updates);
      optimizer.beta2 = constant(run, "beta2", updates);
    }
    for (std::size_t name = 0; name < parameters.size(); ++name)
      optimizers_[run.group_of_name(name)].add(name, parameters[name]);
  }

  void update(c10::cuda::CUDAStream stream) {
    schedule_.update(stream);
    const auto chosen = drawn_.index_select(0, schedule_.clock().remainder(batches)).flatten();
    const auto loss = torch::nn::functional::cross_entropy(
        model_->forward(digits_.images.index_select(0, chosen)),
        digits_.labels.index_select(0, chosen));
    // All of them before any value changes.
    const auto all = torch::autograd::grad({loss}, parameters_);
    for (AdamW& optimizer : optimizers_) {
      if (optimizer.values.empty()) continue;
      optimizer.step(optimizer.of_mine(all));
    }
  }

  double right() {
    const torch::NoGradGuard guard;
    const auto guesses = model_->forward(digits_.images.slice(0, trained_on)).argmax(1);
    return guesses.eq(digits_.labels.slice(0, trained_on))
        .to(torch::kFloat64)
        .mean()
        .item<double>();
  }
  std::vector<double> values() const {
    const auto read = schedule_.doubles().cpu();
    return {read.data_ptr<double>(), read.data_ptr<double>() + read.numel()};
  }

 private:
  Digits digits_;
  std::vector<torch::Tensor> parameters_;
  torch::nn::Sequential model_;
  Schedule schedule_;
  torch::Tensor drawn_;
  std::vector<AdamW> optimizers_;
};

// How many values of a replay have other bits than the host's. Nothing is observed here: rules
// rest.
std::size_t differing(const Training& training, const lrc::Run& run, std::int64_t update) {
  const auto used = training.values(), expected = run.evaluate(update).value();
  std::size_t count = 0;
  for (std::size_t slot = 0; slot < used.size(); ++slot)
    count +=
        std::bit_cast<std::uint64_t>(used[slot]) != std::bit_cast<std::uint64_t>(expected[slot]);
  return count;
}

int train(const std::string& policy_path, const std::string& data) {
  // Everything is on the stream that is captured: it waits for no other.
  const auto stream = c10::cuda::getStreamFromPool();
  const c10::cuda::CUDAStreamGuard guard(stream);
  const Digits digits = read_digits(data);
  const auto model = network();
  std::vector<std::string> names;
  std::vector<torch::Tensor> parameters;
  for (const auto& item : model->named_parameters()) {
    names.push_back(item.key());
    parameters.push_back(item.value());
  }
  lrc::Run run = lrc::Policy::open(policy_path).value().bind({.names = names}).value();
  const std::int64_t updates = run.updates();
  Training training(run, digits, parameters, model, updates);

  for (int k = 0; k < warm_ups; ++k) training.update(stream);
  at::cuda::CUDAGraph graph;
  graph.capture_begin();
  training.update(stream);
  graph.capture_end();
  std::size_t wrong = 0;
  for (std::int64_t update = warm_ups; update < updates; ++update) {
    graph.replay();
    if (update % 97 == 0) wrong += differing(training, run, update);
  }
  std::printf("%lld updates: %.2f%% right; %zu values differ from the host's\n",
              static_cast<long long>(updates), 100 * training.right(), wrong);
  return wrong == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    std::fprintf(stderr, "usage: digits_libtorch POLICY DIGITS\n");
    return 2;
  }
  try {
    return train(arguments[1], arguments[2]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "digits_libtorch: %s\n", error.what());
    return 3;
  }
}
