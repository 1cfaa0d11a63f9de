#pragma once
// Training on a machine, which has memory, runs functions of an index, keeps a graph of them, and
// has a schedule in that memory (host_machine.h, cuda_machine.h).

#include <algorithm>
#include <cmath>
#include <string>

#include "trainer.h"

namespace digits {

template <class Machine>
class Training final : public Trainer {
 public:
  explicit Training(const Task& task)
      : run_(task.run), machine_(task.run), metric_(metric_places()) {
    std::uint8_t* rows = machine_.template allocate<std::uint8_t>(task.rows.size());
    machine_.write(rows, task.rows.data(), task.rows.size());
    update_ = machine_.steps();
    batch_ = {rows, update_};
    test_ = {rows, nullptr};
    state_ = machine_.template allocate<State>(1);
    evaluation_count_ = task.evaluations;
    evaluations_ = machine_.template allocate<Evaluation>(evaluation_count_);
    gradient_ = machine_.template allocate<float>(parameters);
    activations_ = allocate_activations(std::max(batch, tested_on));
    adamw_ = adamw();
    initialize();
    update_graph_ = machine_.capture([this] { launch_update(); });
    evaluation_graph_ = machine_.capture([this] { launch_evaluation(); });
  }

  void update() override { machine_.launch(update_graph_); }
  void evaluate() override { machine_.launch(evaluation_graph_); }

  void pull() override { machine_.pull(); }

  Saved save() override {
    Saved saved;
    machine_.read(&saved.state, state_, sizeof(State));
    saved.given = given();
    return saved;
  }

  // Pushed first: that says where the clock and the rules stand. What is given behind it and was
  // taken already is taken once.
  void restore(const Saved& saved) override {
    machine_.write(state_, &saved.state, sizeof(State));
    machine_.push();
    machine_.write(metric_.value, &saved.given.value, sizeof saved.given.value);
    machine_.write(metric_.evaluation, &saved.given.evaluation, sizeof saved.given.evaluation);
  }

  std::vector<double> values() override {
    std::vector<double> result(run_.outputs().size() * run_.groups().size());
    machine_.read(result.data(), machine_.doubles(), result.size() * sizeof(double));
    return result;
  }

  Given given() override {
    Given result;
    machine_.read(&result.value, metric_.value, sizeof result.value);
    machine_.read(&result.evaluation, metric_.evaluation, sizeof result.evaluation);
    return result;
  }

  std::vector<Evaluation> evaluations() override {
    std::vector<Evaluation> all(evaluation_count_);
    machine_.read(all.data(), evaluations_, all.size() * sizeof(Evaluation));
    std::erase_if(all, [](const Evaluation& each) { return each.update == 0; });
    return all;
  }

  std::string next_event() override { return machine_.next_event(); }

 private:
  struct MetricPlaces {
    double* value;
    std::int64_t* evaluation;
  };

  MetricPlaces metric_places() { return {machine_.metric_value(), machine_.metric_evaluation()}; }

  Activations allocate_activations(std::uint32_t examples) {
    return {machine_.template allocate<float>(examples * width),
            machine_.template allocate<float>(examples * classes),
            machine_.template allocate<float>(examples * width),
            machine_.template allocate<float>(examples),
            machine_.template allocate<std::uint32_t>(examples)};
  }

  // Uniform within +-1/sqrt(inputs), as torch.nn.Linear draws them.
  void initialize() {
    State state{};
    for (std::uint32_t k = 0; k < parameters; ++k) {
      const double share = static_cast<double>(scrambled(~std::uint64_t{k}) >> 11) * 0x1p-53;
      const double bound = 1 / std::sqrt(tensor_of(k) < 2 ? pixels : width);
      state.value[k] = static_cast<float>((2 * share - 1) * bound);
    }
    machine_.write(state_, &state, sizeof state);
  }

  // The place of an output's number for a tensor, or of a constant where the policy has no such
  // output.
  const float* rate(const char* output, std::uint32_t tensor, float otherwise) {
    if (const auto number = run_.output(output))
      return machine_.floats() + run_.group_of_name(tensor) * run_.outputs().size() + *number;
    float* constant = machine_.template allocate<float>(1);
    machine_.write(constant, &otherwise, sizeof otherwise);
    return constant;
  }

  AdamW adamw() {
    AdamW result{gradient_, update_, {}, state_};
    for (std::uint32_t k = 0; k < tensors; ++k)
      result.rates[k] = {rate("lr", k, 1e-3f), rate("beta1", k, 0.9f), rate("beta2", k, 0.999f),
                         rate("weight_decay", k, 0.01f)};
    return result;
  }

  void launch_update() {
    const float* values = state_->value;
    machine_.update();  // the schedule's node, at the head
    machine_.for_each(batch * width, Hidden{batch_, values, activations_});
    machine_.for_each(batch, Scores{batch_, values, activations_, batch});
    machine_.for_each(batch * width, HiddenSlope{values, activations_});
    machine_.for_each(parameters, Gradient{batch_, activations_, gradient_});
    machine_.for_each(parameters, adamw_);
  }

  void launch_evaluation() {
    const float* values = state_->value;
    machine_.for_each(tested_on * width, Hidden{test_, values, activations_});
    machine_.for_each(tested_on, Scores{test_, values, activations_, tested_on});
    machine_.for_each(1, Publish{activations_, update_, adamw_.rates[0].lr, metric_.value,
                                 metric_.evaluation, evaluations_});
  }

  lrc::Run& run_;
  Machine machine_;
  MetricPlaces metric_;
  const std::int64_t* update_ = nullptr;
  Examples batch_{};
  Examples test_{};
  State* state_ = nullptr;
  std::size_t evaluation_count_ = 0;
  Evaluation* evaluations_ = nullptr;
  float* gradient_ = nullptr;
  Activations activations_{};
  AdamW adamw_{};
  typename Machine::Graph update_graph_;
  typename Machine::Graph evaluation_graph_;
};

}  // namespace digits
