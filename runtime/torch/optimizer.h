#pragma once
// LibTorch adapter: a policy's groups become an optimizer's parameter groups, and the values of the
// coming update become their options. Header only; the only folder of lrc that sees torch.
//
//   auto parameters = trainable_parameters(*model);
//   auto assignment = runtime::assign_groups(policy.groups(), parameters.names);
//   auto schedule   = policy.schedule(facts, assignment->group_sets);
//   auto groups     = parameter_groups(parameters, *assignment);
//   torch::optim::AdamW optimizer(groups.groups, torch::optim::AdamWOptions());
//   auto rates = OptimizerSchedule::attach(optimizer, *schedule, groups.group_sets);
//   for (…) { rates->apply(); …; optimizer.step(); schedule->advance(); }
//
// An update that is skipped (after an overflow, say) does not call advance().

#include <torch/nn/module.h>
#include <torch/optim.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_set>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "runtime/host/groups.h"
#include "runtime/host/schedule.h"

namespace lrc::libtorch {

struct Parameters {
  std::vector<std::string> names;
  std::vector<torch::Tensor> tensors;  // of the same length
};

// The parameters of a module that need a gradient, in the module's order. A parameter that two
// modules share is listed once, under its first name: an optimizer must update it once.
[[nodiscard]] inline Parameters trainable_parameters(const torch::nn::Module& module) {
  Parameters parameters;
  std::unordered_set<const void*> seen;
  for (const auto& item : module.named_parameters()) {
    const torch::Tensor& tensor = item.value();
    if (!tensor.requires_grad() || !seen.insert(tensor.unsafeGetTensorImpl()).second) continue;
    parameters.names.push_back(item.key());
    parameters.tensors.push_back(tensor);
  }
  return parameters;
}

struct ParameterGroups {
  std::vector<torch::optim::OptimizerParamGroup> groups;
  std::vector<std::uint32_t> group_sets;  // of each group, an index into Assignment::group_sets
};

// One optimizer group for each set of policy groups that has parameters, in the order of
// assignment.group_sets; within a group the parameters keep their order. The assignment must be
// that of parameters.names.
[[nodiscard]] inline ParameterGroups parameter_groups(const Parameters& parameters,
                                                      const runtime::Assignment& assignment) {
  TORCH_CHECK(assignment.of_parameter.size() == parameters.tensors.size(), "the assignment is of ",
              assignment.of_parameter.size(), " parameters, the module has ",
              parameters.tensors.size());
  std::vector<std::vector<torch::Tensor>> members(assignment.group_sets.size());
  for (std::size_t i = 0; i < parameters.tensors.size(); ++i) {
    members.at(assignment.of_parameter[i]).push_back(parameters.tensors[i]);
  }
  ParameterGroups result;
  for (std::uint32_t set = 0; set < members.size(); ++set) {
    if (members[set].empty()) continue;
    result.groups.emplace_back(std::move(members[set]));
    result.group_sets.push_back(set);
  }
  return result;
}

namespace detail {

// Writes one option of one parameter group.
using Setter = void (*)(torch::optim::OptimizerOptions& options, double value);

template <typename Options>
concept HasWeightDecay = requires(Options options) { options.weight_decay(0.0); };
template <typename Options>
concept HasMomentum = requires(Options options) { options.momentum(0.0); };
template <typename Options>
concept HasEps = requires(Options options) { options.eps(0.0); };
template <typename Options>
concept HasBetas = requires(Options options) { options.betas(std::tuple<double, double>()); };

// The option of `Options` that has an output's name, or nullptr.
template <typename Options>
Setter setter_for(std::string_view output) {
  using Base = torch::optim::OptimizerOptions;
  if constexpr (HasWeightDecay<Options>) {
    if (output == "weight_decay") {
      return [](Base& base, double value) { dynamic_cast<Options&>(base).weight_decay(value); };
    }
  }
  if constexpr (HasMomentum<Options>) {
    if (output == "momentum") {
      return [](Base& base, double value) { dynamic_cast<Options&>(base).momentum(value); };
    }
  }
  if constexpr (HasEps<Options>) {
    if (output == "eps") {
      return [](Base& base, double value) { dynamic_cast<Options&>(base).eps(value); };
    }
  }
  if constexpr (HasBetas<Options>) {
    if (output == "beta1") {
      return [](Base& base, double value) {
        std::get<0>(dynamic_cast<Options&>(base).betas()) = value;
      };
    }
    if (output == "beta2") {
      return [](Base& base, double value) {
        std::get<1>(dynamic_cast<Options&>(base).betas()) = value;
      };
    }
  }
  return nullptr;
}

// Tries the option types one after another, since torch has no common interface but for lr.
template <typename... Options>
Setter setter_among(const torch::optim::OptimizerOptions& options, std::string_view output) {
  Setter setter = nullptr;
  ((dynamic_cast<const Options*>(&options) != nullptr ? void(setter = setter_for<Options>(output))
                                                      : void()),
   ...);
  return setter;
}

inline bool has_lr(const torch::optim::OptimizerOptions& options) {
  try {
    (void)options.get_lr();
    return true;
  } catch (const std::exception&) {  // the base class throws: this optimizer has no lr
    return false;
  }
}

inline Setter find_setter(const torch::optim::OptimizerOptions& options, std::string_view output) {
  namespace optim = torch::optim;
  if (output == "lr") {
    if (!has_lr(options)) return nullptr;
    return [](optim::OptimizerOptions& base, double value) { base.set_lr(value); };
  }
  return setter_among<optim::AdamWOptions, optim::AdamOptions, optim::SGDOptions,
                      optim::RMSpropOptions, optim::AdagradOptions, optim::LBFGSOptions>(options,
                                                                                         output);
}

inline bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace detail

// Sets an optimizer's options to what a schedule says for the coming update. Refers to the
// optimizer and the schedule, which must outlive it; survives loading a saved optimizer. Not for
// several threads at once.
class OptimizerSchedule {
 public:
  // `group_sets` holds, for each parameter group of the optimizer, its set in the schedule's
  // program. `handled_by_trainer` names the outputs that the trainer itself acts on, such as
  // grad_clip: it reads them with `value`. Every other output must be an option of the optimizer;
  // the error names the ones that are not.
  [[nodiscard]] static tl::expected<OptimizerSchedule, std::string> attach(
      torch::optim::Optimizer& optimizer, runtime::Schedule& schedule,
      std::vector<std::uint32_t> group_sets,
      const std::vector<std::string>& handled_by_trainer = {});

  // Sets the options of every parameter group. Throws c10::Error when groups were added to the
  // optimizer since `attach`; allocates nothing.
  void apply() {
    auto& groups = optimizer_->param_groups();
    TORCH_CHECK(groups.size() == group_sets_.size(), "the optimizer has ", groups.size(),
                " parameter groups, the schedule was attached to ", group_sets_.size());
    const std::span<const double> values = schedule_->values();
    for (const Target& target : targets_) {
      target.set(groups[target.group].options(), values[target.slot]);
    }
  }

  // The value of an output for the coming update, in the optimizer's parameter group `group`.
  // Nothing when the policy has no such output or the optimizer no such group. Allocates nothing.
  [[nodiscard]] std::optional<double> value(std::string_view output, std::size_t group = 0) const {
    const auto& outputs = schedule_->program().outputs;
    const auto found = std::find(outputs.begin(), outputs.end(), output);
    if (found == outputs.end() || group >= group_sets_.size()) return std::nullopt;
    const auto index = static_cast<std::size_t>(found - outputs.begin());
    return schedule_->values()[schedule_->program().slot(index, group_sets_[group])];
  }

 private:
  struct Target {
    std::size_t group;  // of the optimizer
    std::size_t slot;   // of the program
    detail::Setter set;
  };

  OptimizerSchedule(torch::optim::Optimizer& optimizer, runtime::Schedule& schedule,
                    std::vector<std::uint32_t> group_sets)
      : optimizer_(&optimizer), schedule_(&schedule), group_sets_(std::move(group_sets)) {}

  // Whether every parameter group of the optimizer has an option for the output.
  bool add_targets(std::size_t output) {
    const runtime::Program& program = schedule_->program();
    for (std::size_t group = 0; group < group_sets_.size(); ++group) {
      const auto set =
          detail::find_setter(optimizer_->param_groups()[group].options(), program.outputs[output]);
      if (set == nullptr) return false;
      targets_.push_back({group, program.slot(output, group_sets_[group]), set});
    }
    return true;
  }

  torch::optim::Optimizer* optimizer_;
  runtime::Schedule* schedule_;
  std::vector<std::uint32_t> group_sets_;
  std::vector<Target> targets_;
};

inline tl::expected<OptimizerSchedule, std::string> OptimizerSchedule::attach(
    torch::optim::Optimizer& optimizer, runtime::Schedule& schedule,
    std::vector<std::uint32_t> group_sets, const std::vector<std::string>& handled_by_trainer) {
  const runtime::Program& program = schedule.program();
  const std::size_t groups = optimizer.param_groups().size();
  if (groups != group_sets.size()) {
    return tl::make_unexpected("the optimizer has " + std::to_string(groups) +
                               " parameter groups, and sets are given for " +
                               std::to_string(group_sets.size()));
  }
  for (const std::uint32_t set : group_sets) {
    if (set >= program.group_sets.size()) {
      return tl::make_unexpected("the schedule was bound for " +
                                 std::to_string(program.group_sets.size()) +
                                 " sets of groups and has no set " + std::to_string(set));
    }
  }
  for (const std::string& name : handled_by_trainer) {
    if (!detail::contains(program.outputs, name)) {
      return tl::make_unexpected("the trainer handles `" + name +
                                 "`, which the policy does not have");
    }
  }
  OptimizerSchedule attached(optimizer, schedule, std::move(group_sets));
  std::string unknown;
  for (std::size_t output = 0; output < program.outputs.size(); ++output) {
    const std::string& name = program.outputs[output];
    if (detail::contains(handled_by_trainer, name) || attached.add_targets(output)) continue;
    unknown += (unknown.empty() ? "`" : ", `") + name + "`";
  }
  if (!unknown.empty()) {
    return tl::make_unexpected("the optimizer has no option for " + unknown +
                               " of the policy: the trainer must handle it and say so");
  }
  return attached;
}

}  // namespace lrc::libtorch
