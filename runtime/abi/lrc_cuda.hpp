// lrc_cuda.h for C++20: the same calls, with an owner, results and typed addresses. Header only.
//
//   auto device = lrc::Device::open(run);
//   if (!device) return report(device.error().text);
//   cudaStreamBeginCapture(stream, …);
//   device->update(stream);
//   adamw<<<…>>>(…, device->value32(lr), device->value32(weight_decay));
//   cudaStreamEndCapture(stream, &graph);
//   for (…) cudaGraphLaunch(executable, stream);
//   device->pull(run, stream);  run.save_file("run.state");
//
// What each call means and which threads may make it is said in lrc_cuda.h. Pointers are of the
// device's memory: they are for kernels, and stay as long as the device schedule.
#ifndef LRC_CUDA_HPP
#define LRC_CUDA_HPP

#include "lrc.hpp"
#include "lrc_cuda.h"

namespace lrc {

struct DeviceOptions {
  int device = 0;               // as CUDA counts them
  std::uint64_t found_inf = 0;  // the device address of a float; 0: no update is skipped
  std::int64_t samples = 0;     // that an update takes
  std::int64_t tokens = 0;
  std::size_t events = 0;  // of the ring, a power of two; 0: 1,024
};

// A schedule in a GPU's memory. Movable.
class Device {
 public:
  // At the run's position.
  [[nodiscard]] static Result<Device> open(Run& run, const DeviceOptions& options = {}) {
    lrc_device_options given{};
    given.size = sizeof given;
    given.device = options.device;
    given.found_inf = options.found_inf;
    given.samples = options.samples;
    given.tokens = options.tokens;
    given.events = options.events;
    lrc_device* device = nullptr;
    if (const auto status = lrc_device_open(run.get(), &given, &device))
      return detail::last_error(status);
    return Device(device, run);
  }

  // `stream` is a CUstream or cudaStream_t.
  [[nodiscard]] Result<void> update(void* stream) {
    return detail::result_of(lrc_device_update(device_.get(), stream));
  }
  [[nodiscard]] Result<void> pull(Run& run, void* stream) {
    return detail::result_of(lrc_device_pull(device_.get(), run.get(), stream));
  }
  [[nodiscard]] Result<void> push(const Run& run, void* stream) {
    return detail::result_of(lrc_device_push(device_.get(), run.get(), stream));
  }

  // Of an output in a group, as the run numbers them; null where there is none.
  [[nodiscard]] const double* value64(std::size_t output, std::size_t group = 0) const {
    return at<const double>(LRC_DEVICE_DOUBLE, slot(output, group));
  }
  [[nodiscard]] const float* value32(std::size_t output, std::size_t group = 0) const {
    return at<const float>(LRC_DEVICE_FLOAT, slot(output, group));
  }
  [[nodiscard]] const std::int64_t* steps() const { return clock(LRC_DEVICE_STEPS); }
  [[nodiscard]] const std::int64_t* samples() const { return clock(LRC_DEVICE_SAMPLES); }
  [[nodiscard]] const std::int64_t* tokens() const { return clock(LRC_DEVICE_TOKENS); }
  [[nodiscard]] const std::int64_t* skipped() const { return clock(LRC_DEVICE_SKIPPED); }

  // Metrics by the numbers of lrc_metric_name.
  [[nodiscard]] const std::vector<std::string>& metrics() const { return metrics_; }
  [[nodiscard]] double* metric(std::size_t index) const {
    return at<double>(LRC_DEVICE_METRIC, index);
  }
  [[nodiscard]] std::int64_t* evaluation(std::size_t index) const {
    return at<std::int64_t>(LRC_DEVICE_EVALUATION, index);
  }

  // For a kernel that calls lrc_eval.
  [[nodiscard]] const double* factors() const { return at<const double>(LRC_DEVICE_FACTORS, 0); }
  [[nodiscard]] void* block() const { return at<void>(LRC_DEVICE_BLOCK, 0); }

  // A line of JSON; nothing when there is no event that was not taken.
  [[nodiscard]] std::optional<std::string> next_event() {
    std::string line = detail::text_of([this](char* buffer, std::size_t size) {
      return lrc_device_next_event(device_.get(), buffer, size);
    });
    if (line.empty()) return std::nullopt;
    return line;
  }

  // Lines to compare beside Run::agreement.
  [[nodiscard]] Result<std::string> agreement(void* stream) {
    std::string lines = detail::text_of([this, stream](char* buffer, std::size_t size) {
      return lrc_device_agreement(device_.get(), stream, buffer, size);
    });
    if (lines.empty()) return detail::last_error(LRC_ENVIRONMENT);
    return lines;
  }

  [[nodiscard]] std::string origin() const {
    return detail::text_of([this](char* buffer, std::size_t size) {
      return lrc_device_origin(device_.get(), buffer, size);
    });
  }

  [[nodiscard]] lrc_device* get() const { return device_.get(); }

 private:
  Device(lrc_device* device, const Run& run)
      : device_(device), outputs_(run.outputs().size()), groups_(run.groups().size()) {
    for (std::size_t k = 0; k < lrc_metrics(run.get()); ++k) {
      metrics_.push_back(detail::text_of([&run, k](char* buffer, std::size_t size) {
        return lrc_metric_name(run.get(), k, buffer, size);
      }));
    }
  }

  [[nodiscard]] std::size_t slot(std::size_t output, std::size_t group) const {
    return output < outputs_ && group < groups_ ? group * outputs_ + output : outputs_ * groups_;
  }
  template <typename Element>
  [[nodiscard]] Element* at(lrc_device_place place, std::size_t index) const {
    return reinterpret_cast<Element*>(lrc_device_address(device_.get(), place, index));
  }
  [[nodiscard]] const std::int64_t* clock(lrc_device_place place) const {
    return at<const std::int64_t>(place, 0);
  }

  std::unique_ptr<lrc_device, detail::Releaser<lrc_device_close>> device_;
  std::size_t outputs_, groups_;
  std::vector<std::string> metrics_;
};

}  // namespace lrc

#endif
