#pragma once
// A device under the double and its host through a random run.

#include <gtest/gtest.h>

#include "tests/cuda/random_run.h"
#include "tests/cuda/twin.h"

namespace lrc::test {

// A run of random metrics, skipped updates, words, pulls and pushes.
class RandomTwins {
 public:
  RandomTwins(runtime::Schedule& host, std::uint64_t seed, Kernel kernel = {})
      : random_(seed),
        host_(host),
        kernel_(kernel),
        twin_(std::make_unique<Twin>(host, request(), kernel)) {}

  void update() {
    write_metrics();
    twin_->update();
    twin_->expect_equal_values();
    twin_->expect_clocks(skipped_, samples, tokens);
    events_seen_ += expect_equal_events();
    apply_or_skip();
    if (random_.one_in(15)) go_on();
  }
  [[nodiscard]] std::size_t events_seen() const { return events_seen_; }
  [[nodiscard]] std::int64_t skipped() const { return skipped_; }

 private:
  static constexpr std::int64_t samples = 512, tokens = 4096;

  cuda::DeviceSchedule::Request request() {
    cuda::DeviceSchedule::Request request;
    request.options = {reinterpret_cast<std::uint64_t>(&found_inf_), samples, tokens, 64};
    return request;
  }

  // In the order of metrics, which is the order in which the device takes them.
  void write_metrics() {
    for (std::size_t metric = 0; metric < host_.program().metrics.size(); ++metric) {
      if (!random_.one_in(2)) continue;
      const double value = random_.metric();
      twin_->write_metric(metric, value, evaluation_);
      twin_->observe_on_the_host(metric, value, evaluation_++);
    }
  }

  std::size_t expect_equal_events() {
    const auto expected = twin_->host_events();
    auto seen = twin_->device_events();
    std::erase_if(seen, [](const std::string& line) { return line.find("skipped") < 20; });
    EXPECT_EQ(seen, expected);
    return expected.size();
  }

  // The device reads the flag at its next launch.
  void apply_or_skip() {
    const bool skip = random_.one_in(7);
    found_inf_ = skip ? 1.0F : 0.0F;
    if (skip)
      ++skipped_;
    else
      host_.advance();
  }

  // Metrics that came behind the last update are in the position, too.
  void go_on() {
    write_metrics();
    twin_->expect_equal_positions();
    events_seen_ += expect_equal_events();
    if (random_.one_in(2)) give_word();
    if (random_.one_in(3)) move_to_another_device();
    twin_->push();
    found_inf_ = 0;
  }

  void give_word() {
    const auto state = host_.state();
    const auto word = random_.word(state);
    const auto resumed = host_.resume(state, word);
    if (resumed) return;
    EXPECT_NE(resumed.error().find("needs the output lr"), std::string::npos);
  }

  // By way of a checkpoint.
  void move_to_another_device() {
    const auto state = runtime::load_state(save_state(host_.state()));
    ASSERT_TRUE(state.has_value());
    ASSERT_TRUE(host_.resume(*state).has_value());
    twin_ = std::make_unique<Twin>(host_, request(), kernel_);
    skipped_ = 0;
  }

  RandomRun random_;
  runtime::Schedule& host_;
  Kernel kernel_;
  float found_inf_ = 0;
  std::int64_t evaluation_ = 0, skipped_ = 0;
  std::size_t events_seen_ = 0;
  std::unique_ptr<Twin> twin_;
};

}  // namespace lrc::test
