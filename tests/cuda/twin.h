#pragma once
// A device schedule under the double of the driver, where the interpreter stands in for the kernel,
// and the schedule of the host that it must equal.

#include <gtest/gtest.h>

#include <bit>
#include <memory>
#include <span>

#include "runtime/cuda/device_schedule.h"
#include "runtime/events/line.h"
#include "runtime/events/watch.h"
#include "runtime/host/schedule.h"
#include "tests/cuda/fake_driver.h"
#include "tests/cuda/interpreted_update.h"

namespace lrc::test {

inline cuda::Stand stand_of(const runtime::Schedule& schedule) {
  auto position = schedule.position();
  auto values = schedule.coming_values(position);
  return {std::move(position), std::move(values)};
}

// Any text: the double does not look at it.
inline tl::expected<cuda::DeviceCode, std::string> some_code(int capability) {
  return cuda::DeviceCode{"// PTX", "test sm_" + std::to_string(capability)};
}

// What a launch runs in the place of a kernel; without one, the interpreter.
struct Kernel {
  fake_function function = nullptr;
  void* user = nullptr;
};

class Twin {
 public:
  Twin(runtime::Schedule& host, const cuda::DeviceSchedule::Request& request, Kernel kernel = {})
      : host_(host), kernel_(kernel) {
    if (kernel_.function != nullptr) in_force();
    auto opened = cuda::DeviceSchedule::open(host.program(), stand_of(host), request, some_code);
    if (!opened) ADD_FAILURE() << opened.error().text;
    if (opened) device_ = std::move(*opened);
  }

  [[nodiscard]] cuda::DeviceSchedule& device() { return *device_; }

  // What the trainer does: the metric's value, then the number of its evaluation.
  void write_metric(std::size_t metric, double value, std::int64_t evaluation) {
    auto& mailbox = part<cuda::Metric>(device_->head().metric)[metric];
    mailbox.value = value;
    mailbox.given = evaluation;
  }
  void observe_on_the_host(std::size_t metric, double value, std::int64_t evaluation) {
    const std::string& name = host_.program().metrics[metric];
    const auto seen = host_.observe(name, value, evaluation);
    runtime::tell(host_.program(), name, value, evaluation, host_.step(), seen, told_);
  }

  void update(cuda::Stream stream = nullptr) {
    in_force();
    const auto done = device_->update(stream);
    ASSERT_TRUE(done.has_value()) << done.error().text;
  }
  void in_force() const {
    if (kernel_.function != nullptr) return fake_kernel(kernel_.function, kernel_.user);
    fake_kernel(interpreted_update, const_cast<runtime::Program*>(&device_->program()));
  }

  void expect_equal_values() {
    const auto values = host_.values();
    const double* values64 = part<double>(device_->head().values64);
    const float* values32 = part<float>(device_->head().values32);
    for (std::size_t slot = 0; slot < values.size(); ++slot) {
      ASSERT_EQ(std::bit_cast<std::uint64_t>(values64[slot]),
                std::bit_cast<std::uint64_t>(values[slot]))
          << "slot " << slot << " of update " << host_.step();
      ASSERT_EQ(std::bit_cast<std::uint32_t>(values32[slot]),
                std::bit_cast<std::uint32_t>(static_cast<float>(values[slot])));
    }
  }
  void expect_clocks(std::int64_t skipped, std::int64_t samples, std::int64_t tokens) {
    const auto* block = part<cuda::Block>(0);
    ASSERT_EQ(block->step, host_.step());
    ASSERT_EQ(block->skipped, skipped);
    ASSERT_EQ(block->samples, (host_.step() + skipped) * samples);
    ASSERT_EQ(block->tokens, (host_.step() + skipped) * tokens);
  }

  // The host goes to where the device stands, which is where it stands already.
  void expect_equal_positions(cuda::Stream stream = nullptr) {
    in_force();
    const auto position = device_->position(stream);
    ASSERT_TRUE(position.has_value()) << position.error().text;
    const std::string before = save_state(host_.state());
    host_.stand_at(*position);
    ASSERT_EQ(save_state(host_.state()), before);
  }
  void push(cuda::Stream stream = nullptr) {
    in_force();
    const auto done = device_->go_to(stand_of(host_), stream);
    ASSERT_TRUE(done.has_value()) << done.error().text;
  }

  [[nodiscard]] std::vector<std::string> device_events() {
    std::vector<std::string> lines;
    for (;;) {
      const auto event = device_->events().front();
      if (!event) ADD_FAILURE() << event.error().text;
      if (!event || *event == nullptr) return lines;
      lines.push_back(runtime::line(device_->program(), **event));
      device_->events().pop();
    }
  }
  [[nodiscard]] std::vector<std::string> host_events() {
    std::vector<std::string> lines;
    for (; told_.front() != nullptr; told_.pop())
      lines.push_back(runtime::line(host_.program(), *told_.front()));
    return lines;
  }

  template <class Element>
  Element* part(std::uint64_t offset) {
    return reinterpret_cast<Element*>(device_->memory() + offset);
  }

 private:
  runtime::Schedule& host_;
  Kernel kernel_;
  std::unique_ptr<cuda::DeviceSchedule> device_;
  runtime::Ring told_;
};

}  // namespace lrc::test
