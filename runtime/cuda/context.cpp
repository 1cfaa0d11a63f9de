#include "runtime/cuda/context.h"

namespace lrc::cuda {
namespace {

// By cuda.h's numbers of CUresult.
const char* advice(Code code) {
  switch (code) {
    case 2: return "free memory of the device, or choose another device";
    case 3:
    case 803: return "see that the driver and the CUDA libraries of this process fit each other";
    case 100: return "see that `nvidia-smi` lists a GPU and that CUDA_VISIBLE_DEVICES leaves one";
    case 209:
    case 218: return "bind the policy's text, so that code is made for this GPU";
    case 201:
    case 400: return "give a stream of the device that the schedule was opened on";
    case 222: return "install a newer driver: the code is of a PTX that this one does not know";
    case 700:
    case 715:
    case 716:
    case 719:
      return "a kernel of this process failed: find it with compute-sanitizer; the process "
             "must start again from a checkpoint";
    case 900:
    case 901:
    case 906: return "a stream is being captured: make this call before or behind the capture";
    default: return "nothing of the schedule was changed";
  }
}

}  // namespace

Result<void> checked(const Driver& driver, const char* function, Code code) {
  if (code == fine) return {};
  return failure(Failure::Kind::environment, driver.told(function, code) + "\n" + advice(code));
}

Entered::Entered(const DeviceContext& context, Mode mode) : driver_(context.driver) {
  result_ = checked(driver_, "cuCtxPushCurrent", driver_.push_context(context.context));
  pushed_ = result_.has_value();
  if (!pushed_ || mode == Mode::as_it_is) return;
  result_ = checked(driver_, "cuThreadExchangeStreamCaptureMode",
                    driver_.exchange_capture_mode(&capture_mode_));
  exchanged_ = result_.has_value();
}

Entered::~Entered() {
  if (exchanged_) static_cast<void>(driver_.exchange_capture_mode(&capture_mode_));
  Context popped = nullptr;
  if (pushed_) static_cast<void>(driver_.pop_context(&popped));
}

Result<DeviceAsked> ask_for_device(const Driver& driver, int number) {
  int count = 0, major = 0, minor = 0;
  DeviceAsked asked;
  if (auto done = checked(driver, "cuInit", driver.init(0)); !done)
    return tl::unexpected(done.error());
  if (auto done = checked(driver, "cuDeviceGetCount", driver.device_count(&count)); !done)
    return tl::unexpected(done.error());
  if (number < 0 || number >= count)
    return failure(Failure::Kind::wrong_call,
                   "there is no device " + std::to_string(number) + ": CUDA counts " +
                       std::to_string(count) + " from 0, those that CUDA_VISIBLE_DEVICES leaves");
  if (auto done = checked(driver, "cuDeviceGet", driver.device(&asked.device, number)); !done)
    return tl::unexpected(done.error());
  const auto attribute = [&](int which, int& value) {
    return checked(driver, "cuDeviceGetAttribute", driver.attribute(&value, which, asked.device));
  };
  if (auto done = attribute(compute_capability_major, major); !done)
    return tl::unexpected(done.error());
  if (auto done = attribute(compute_capability_minor, minor); !done)
    return tl::unexpected(done.error());
  asked.capability = 10 * major + minor;
  return asked;
}

Result<void> not_captured(const Driver& driver, Stream stream, const char* what) {
  int status = not_capturing;
  const Code code = driver.is_capturing(stream, &status);
  if (code != capturing_implicitly) {
    if (auto done = checked(driver, "cuStreamIsCapturing", code); !done) return done;
    if (status == not_capturing) return {};
  }
  return failure(Failure::Kind::wrong_call,
                 std::string(what) +
                     " waits for the stream, which is being captured: call it "
                     "before the capture begins or behind its end");
}

}  // namespace lrc::cuda
