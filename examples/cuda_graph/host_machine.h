#pragma once
// The host as a machine: loops instead of kernels, and the run's own clock and rules instead of the
// device's schedule, called in the order in which the device's node does the same. For checking the
// arithmetic of training where there is no GPU; it checks nothing of CUDA.

#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "trainer.h"

namespace digits {

class HostMachine {
 public:
  using Graph = std::function<void()>;

  explicit HostMachine(lrc::Run& run) : run_(run) { push(); }

  // Zeros, until the machine is gone.
  template <class Element>
  Element* allocate(std::size_t count) {
    auto owned = std::shared_ptr<Element[]>(new Element[count]());
    memory_.push_back(owned);
    return owned.get();
  }

  void write(void* to, const void* from, std::size_t bytes) { std::memcpy(to, from, bytes); }
  void read(void* to, const void* from, std::size_t bytes) { std::memcpy(to, from, bytes); }

  template <class Function>
  void for_each(std::uint32_t count, const Function& function) {
    for (std::uint32_t index = 0; index < count; ++index) function(index);
  }

  Graph capture(std::function<void()> body) { return body; }
  void launch(const Graph& graph) { graph(); }

  // As lrc_device_update says.
  void update() {
    settle();
    if (given_.evaluation != taken_) {
      run_.observe(metric, given_.value, given_.evaluation);
      taken_ = given_.evaluation;
    }
    const auto values = run_.values();
    doubles_.assign(values.begin(), values.end());
    floats_.assign(values.begin(), values.end());
    steps_ = run_.step();
    pending_ = true;
  }

  void pull() { settle(); }
  void push() {
    pending_ = false;
    taken_ = -1;
    steps_ = run_.step();
    doubles_.resize(run_.outputs().size() * run_.groups().size());
    floats_.resize(doubles_.size());
  }

  const std::int64_t* steps() const { return &steps_; }
  const double* doubles() const { return doubles_.data(); }
  const float* floats() const { return floats_.data(); }
  double* metric_value() { return &given_.value; }
  std::int64_t* metric_evaluation() { return &given_.evaluation; }

  std::string next_event() { return run_.next_event().value_or(std::string()); }

 private:
  void settle() {
    if (pending_) run_.advance();
    pending_ = false;
  }

  lrc::Run& run_;
  std::vector<std::shared_ptr<void>> memory_;
  std::vector<double> doubles_;
  std::vector<float> floats_;
  std::int64_t steps_ = 0;
  Given given_;
  std::int64_t taken_ = -1;  // the evaluation that the run was told last
  bool pending_ = false;     // whether values were handed out for an update that no clock counted
};

}  // namespace digits
