#pragma once
// Calls of the driver in the primary context of a device, and what they say when they fail.

#include <string>

#include "runtime/cuda/driver.h"
#include "runtime/cuda/failure.h"

namespace lrc::cuda {

// The primary context of one device, which the CUDA runtime and PyTorch use, too.
struct DeviceContext {
  const Driver& driver;
  int number = 0;  // of the device, as CUDA counts them
  Device device = 0;
  Context context = nullptr;
};

// Nothing, or what was called, what CUDA says, and what to do.
[[nodiscard]] Result<void> checked(const Driver& driver, const char* function, Code code);

// Makes the context the thread's current one as long as it lives. What is `beside` others' work may
// be done while a stream elsewhere is being captured, and disturbs no capture.
class Entered {
 public:
  enum class Mode { as_it_is, beside };
  Entered(const DeviceContext& context, Mode mode);
  Entered(const Entered&) = delete;
  Entered& operator=(const Entered&) = delete;
  ~Entered();

  [[nodiscard]] const Result<void>& result() const { return result_; }

 private:
  const Driver& driver_;
  Result<void> result_;
  int capture_mode_ = relaxed_capture;
  bool pushed_ = false, exchanged_ = false;
};

// Initialises the driver and finds device `number`. Nothing has to be given back.
struct DeviceAsked {
  Device device = 0;
  int capability = 0;  // 10*major + minor
};
[[nodiscard]] Result<DeviceAsked> ask_for_device(const Driver& driver, int number);

// An error where `stream` is being captured.
[[nodiscard]] Result<void> not_captured(const Driver& driver, Stream stream, const char* what);

}  // namespace lrc::cuda
