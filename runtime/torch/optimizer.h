#pragma once
// LibTorch adapter: a policy's groups become an optimizer's parameter groups, and the values of the
// coming update become their options. Header only, over lrc.hpp alone.
//
//   auto parameters = trainable_parameters(*model);
//   auto run        = policy.bind({.run = "100K steps", .names = parameters.names});
//   auto groups     = parameter_groups(parameters, *run);
//   torch::optim::AdamW optimizer(groups.groups, torch::optim::AdamWOptions());
//   auto rates = OptimizerSchedule::attach(optimizer, *run, groups);
//   for (…) { rates->apply(); …; optimizer.step(); run->advance(); }
//
// An update that is skipped (after an overflow, say) does not call advance().

#include <torch/nn/module.h>
#include <torch/optim.h>
#include <torch/serialize/archive.h>

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

#include "lrc.hpp"

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
  std::vector<std::vector<std::size_t>> names;  // of each group, indices into Facts::names
};

// One optimizer group for each group of the run that has parameters, in the run's order; within a
// group the parameters keep theirs. The run must be bound to parameters.names.
[[nodiscard]] inline ParameterGroups parameter_groups(const Parameters& parameters,
                                                      const Run& run) {
  std::vector<std::vector<std::size_t>> members(run.groups().size());
  for (std::size_t name = 0; name < parameters.tensors.size(); ++name) {
    const std::size_t group = run.group_of_name(name);
    TORCH_CHECK(group < members.size(), "the run was not bound to the name of parameter `",
                parameters.names[name], "`");
    members[group].push_back(name);
  }
  ParameterGroups result;
  for (auto& names : members) {
    if (names.empty()) continue;
    std::vector<torch::Tensor> tensors;
    for (const std::size_t name : names) tensors.push_back(parameters.tensors[name]);
    result.groups.emplace_back(std::move(tensors));
    result.names.push_back(std::move(names));
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
concept HasDampening = requires(Options options) { options.dampening(0.0); };
template <typename Options>
concept HasAlpha = requires(Options options) { options.alpha(0.0); };
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
  if constexpr (HasDampening<Options>) {
    if (output == "dampening") {
      return [](Base& base, double value) { dynamic_cast<Options&>(base).dampening(value); };
    }
  }
  if constexpr (HasAlpha<Options>) {
    if (output == "alpha") {
      return [](Base& base, double value) { dynamic_cast<Options&>(base).alpha(value); };
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

// A frozen parameter has no gradient either, so that the optimizer passes it over: its moments and
// its weight decay rest with it.
inline void set_frozen(const torch::optim::OptimizerParamGroup& group, bool frozen) {
  for (torch::Tensor parameter : group.params()) {
    if (parameter.requires_grad() != frozen) continue;
    parameter.set_requires_grad(!frozen);
    if (frozen) parameter.mutable_grad().reset();
  }
}

}  // namespace detail

// Sets an optimizer's options to what a run says for the coming update. Refers to the optimizer and
// the run, which must outlive it and stay where they are; survives loading a saved optimizer. Not
// for several threads at once.
class OptimizerSchedule {
 public:
  // `groups` are those that the optimizer was made of. `handled_by_trainer` names the outputs that
  // the trainer itself acts on, such as grad_clip: it reads them with `value`. Every other output
  // must be an option of the optimizer; the error names the ones that are not.
  [[nodiscard]] static Result<OptimizerSchedule> attach(
      torch::optim::Optimizer& optimizer, Run& run, const ParameterGroups& groups,
      std::vector<std::string> handled_by_trainer = {}) {
    OptimizerSchedule attached(optimizer, run, groups.names, std::move(handled_by_trainer));
    if (auto found = attached.find_targets(); !found) return std::move(found).error();
    return attached;
  }

  // Sets the options of every parameter group, and turns gradients off where a group is frozen.
  // Throws c10::Error when groups were added to the optimizer since `attach`, or when the run was
  // loaded with a policy that does not fit it. Allocates nothing, but after a load and where groups
  // freeze or thaw.
  void apply() {
    auto& groups = optimizer_->param_groups();
    TORCH_CHECK(groups.size() == names_.size(), "the optimizer has ", groups.size(),
                " parameter groups, the schedule was attached to ", names_.size());
    if (loads_ != run_->loads()) {
      const auto found = find_targets();
      TORCH_CHECK(found.has_value(), found.has_value() ? "" : found.error().text);
    }
    const std::span<const double> values = run_->values();
    for (const Target& target : targets_) {
      target.set(groups[target.group].options(), values[target.slot]);
    }
    for (std::size_t group = 0; group < groups.size(); ++group) freeze_or_thaw(group);
  }

  // The value of an output for the coming update, in the optimizer's parameter group `group`.
  // Nothing when the policy has no such output or the optimizer no such group. Allocates nothing.
  [[nodiscard]] std::optional<double> value(std::string_view output, std::size_t group = 0) const {
    const auto index = run_->output(output);
    if (!index || group >= group_of_run_.size()) return std::nullopt;
    return run_->value(*index, group_of_run_[group]);
  }

  // The run's name of a parameter group, for people; `rest` for what is in no group of the policy.
  [[nodiscard]] std::string group_name(std::size_t group) const {
    const std::string& name = run_->groups().at(group_of_run_.at(group));
    return name.empty() ? "rest" : name;
  }

  // The run's sealed record in an archive, beside what the trainer saves of model and optimizer.
  void save(torch::serialize::OutputArchive& archive) const {
    archive.write(record_key, c10::IValue(run_->save()));
  }
  // Goes on from it, before or after the optimizer is loaded from its own; `word` as in lrc.h.
  [[nodiscard]] Result<void> load(torch::serialize::InputArchive& archive,
                                  const std::string& word = {}) {
    c10::IValue record;
    if (!archive.try_read(record_key, record) || !record.isString()) {
      return Error{Status::refused,
                   "the archive has no state of a learning-rate policy: it was saved without "
                   "OptimizerSchedule::save"};
    }
    return run_->load(record.toStringRef(), word);
  }

 private:
  static constexpr const char* record_key = "lrc_state";

  struct Target {
    std::size_t group;  // of the optimizer
    std::size_t slot;   // of the run's values
    detail::Setter set;
  };

  OptimizerSchedule(torch::optim::Optimizer& optimizer, Run& run,
                    std::vector<std::vector<std::size_t>> names, std::vector<std::string> handled)
      : optimizer_(&optimizer),
        run_(&run),
        names_(std::move(names)),
        handled_(std::move(handled)),
        frozen_(names_.size(), false) {
    for (std::size_t group = 0; group < names_.size(); ++group) {
      if (group >= optimizer.param_groups().size()) break;
      frozen_[group] = !optimizer.param_groups()[group].params().front().requires_grad();
    }
  }

  void freeze_or_thaw(std::size_t group) {
    const bool frozen = run_->step() < frozen_until_[group];
    if (frozen == frozen_[group]) return;
    detail::set_frozen(optimizer_->param_groups()[group], frozen);
    frozen_[group] = frozen;
  }

  // What the run's outputs and groups are in the optimizer. Changes nothing where it fails.
  [[nodiscard]] Result<void> find_targets() {
    auto groups = groups_of_run();
    if (!groups) return std::move(groups).error();
    for (const std::string& name : handled_) {
      if (!detail::contains(run_->outputs(), name)) {
        return Error{Status::refused,
                     "the trainer handles `" + name + "`, which the policy does not have"};
      }
    }
    std::vector<Target> targets;
    std::string unknown;
    for (std::size_t output = 0; output < run_->outputs().size(); ++output) {
      const std::string& name = run_->outputs()[output];
      if (detail::contains(handled_, name) || add_targets(output, *groups, targets)) continue;
      unknown += (unknown.empty() ? "`" : ", `") + name + "`";
    }
    if (!unknown.empty()) {
      return Error{Status::refused, "the optimizer has no option for " + unknown +
                                        " of the policy: the trainer must handle it and say so"};
    }
    targets_ = std::move(targets);
    group_of_run_ = std::move(*groups);
    frozen_until_.clear();
    for (const std::size_t group : group_of_run_)
      frozen_until_.push_back(run_->frozen_until(group));
    loads_ = run_->loads();
    return {};
  }

  // The group of the run that each parameter group of the optimizer is.
  [[nodiscard]] Result<std::vector<std::size_t>> groups_of_run() const {
    if (optimizer_->param_groups().size() != names_.size()) {
      return Error{Status::wrong_call,
                   "the optimizer has " + std::to_string(optimizer_->param_groups().size()) +
                       " parameter groups, and " + std::to_string(names_.size()) + " are given"};
    }
    std::vector<std::size_t> result;
    for (const auto& names : names_) {
      const std::size_t group = run_->group_of_name(names.front());
      for (const std::size_t name : names) {
        if (run_->group_of_name(name) == group) continue;
        return Error{Status::refused,
                     "the policy puts parameters into other groups than the optimizer has: build "
                     "the optimizer from this policy's groups"};
      }
      result.push_back(group);
    }
    return result;
  }

  // Whether every parameter group of the optimizer has an option for the output.
  [[nodiscard]] bool add_targets(std::size_t output, const std::vector<std::size_t>& groups,
                                 std::vector<Target>& targets) const {
    for (std::size_t group = 0; group < groups.size(); ++group) {
      const auto set =
          detail::find_setter(optimizer_->param_groups()[group].options(), run_->outputs()[output]);
      if (set == nullptr) return false;
      targets.push_back({group, groups[group] * run_->outputs().size() + output, set});
    }
    return true;
  }

  torch::optim::Optimizer* optimizer_;
  Run* run_;
  std::vector<std::vector<std::size_t>> names_;  // by parameter group of the optimizer
  std::vector<std::string> handled_;
  std::vector<bool> frozen_;  // as the tensors are now
  std::vector<Target> targets_;
  std::vector<std::size_t> group_of_run_;
  std::vector<std::int64_t> frozen_until_;
  std::size_t loads_ = 0;
};

}  // namespace lrc::libtorch
