// The functions of lrc_cuda.h: arguments are checked here, and what the runtime of GPUs needs from
// a run is fetched.

#include "runtime/abi/lrc_cuda.h"

#include <cstddef>
#include <cstring>
#include <memory>
#include <utility>

#include "runtime/abi/error.h"
#include "runtime/abi/open_compiler.h"
#include "runtime/abi/run.h"
#include "runtime/artifact/program_bytes.h"
#include "runtime/cuda/device_schedule.h"
#include "runtime/events/line.h"
#include "runtime/host/sha256.h"

using lrc::abi::copy_text;
using lrc::abi::failed;
using lrc::abi::guarded;
using lrc::abi::guarded_text;

namespace cuda = lrc::cuda;
namespace runtime = lrc::runtime;

struct lrc_device {
  std::unique_ptr<cuda::DeviceSchedule> schedule;
  runtime::Digest program;  // of its bytes
};

namespace {

using lrc::abi::Run;

lrc_status wrong(const char* what) { return failed(LRC_WRONG_CALL, what); }

lrc_status failed(const cuda::Failure& why) {
  switch (why.kind) {
    case cuda::Failure::Kind::wrong_call: return failed(LRC_WRONG_CALL, why.text);
    case cuda::Failure::Kind::refused: return failed(LRC_REFUSED, why.text);
    case cuda::Failure::Kind::limit: return failed(LRC_LIMIT, why.text);
    case cuda::Failure::Kind::environment: break;
  }
  return failed(LRC_ENVIRONMENT, why.text);
}

lrc_status status_of(const cuda::Result<void>& result) {
  return result ? LRC_FINE : failed(result.error());
}

lrc_status read_options(const lrc_device_options* given, cuda::DeviceSchedule::Request& request) {
  lrc_device_options options{};
  if (given != nullptr) {
    if (given->size < offsetof(lrc_device_options, found_inf) || given->size > sizeof options)
      return wrong("lrc_device_options.size is not sizeof(lrc_device_options)");
    std::memcpy(&options, given, given->size);
  }
  request.device = options.device;
  request.options.found_inf = options.found_inf;
  request.options.samples_each = options.samples;
  request.options.tokens_each = options.tokens;
  if (options.events != 0) request.options.events = options.events;
  return LRC_FINE;
}

// From the artifact, otherwise from the compiler.
tl::expected<cuda::DeviceCode, std::string> code_for(const Run& run, int capability) {
  std::string reasons;
  if (const runtime::Artifact* artifact = run.artifact()) {
    auto carried = cuda::carried_code(*artifact, run.program(), capability);
    if (carried) return carried;
    reasons = carried.error() + "\n";
  }
  const auto target = cuda::compiler_target(capability);
  if (!target) return tl::unexpected(reasons + target.error());
  const auto compiler = lrc::abi::open_compiler();
  if (!compiler) return tl::unexpected(reasons + compiler.error().text);
  auto ptx = (*compiler)->device_code(run.program(), *target);
  if (!ptx) return tl::unexpected(reasons + ptx.error());
  return cuda::DeviceCode{std::move(*ptx), "compiler " + *target};
}

cuda::Stand stand_of(const Run& run) {
  runtime::Position position = run.schedule().position();
  auto values = run.schedule().coming_values(position);
  return {std::move(position), std::move(values)};
}

runtime::Digest digest_of(const Run& run) {
  return runtime::sha256(runtime::write_program(run.program()));
}

// The run may have gone over to another program by a word.
bool belong_together(const lrc_device& device, const Run& run) {
  return device.schedule->program().identity == run.program().identity &&
         device.program == digest_of(run);
}

lrc_status refused() {
  return failed(LRC_REFUSED,
                "the device schedule computes another program than the run: of another policy, of "
                "other facts or of other sets of groups, or the run went over to its saved policy "
                "by `keep`\nopen a device schedule with this run, and capture the graph again");
}

cuda::Stream stream_of(void* stream) { return static_cast<cuda::Stream>(stream); }

// Of place `place`, in bytes from the block's beginning; nothing where there is none.
std::optional<std::uint64_t> offset_of(const cuda::Block& head, lrc_device_place place,
                                       std::size_t index) {
  const auto entry = [index](std::uint64_t begin, std::size_t count, std::size_t size) {
    return index < count ? std::optional(begin + index * size) : std::nullopt;
  };
  const auto metric = [&](std::size_t member) {
    return entry(head.metric + member, head.metrics, sizeof(cuda::Metric));
  };
  switch (place) {
    case LRC_DEVICE_DOUBLE: return entry(head.values64, head.slots, sizeof(double));
    case LRC_DEVICE_FLOAT: return entry(head.values32, head.slots, sizeof(float));
    case LRC_DEVICE_STEPS: return offsetof(cuda::Block, step);
    case LRC_DEVICE_SAMPLES: return offsetof(cuda::Block, samples);
    case LRC_DEVICE_TOKENS: return offsetof(cuda::Block, tokens);
    case LRC_DEVICE_SKIPPED: return offsetof(cuda::Block, skipped);
    case LRC_DEVICE_METRIC: return metric(offsetof(cuda::Metric, value));
    case LRC_DEVICE_EVALUATION: return metric(offsetof(cuda::Metric, given));
    case LRC_DEVICE_FACTORS: return entry(head.factors, head.reactions, sizeof(double));
    case LRC_DEVICE_BLOCK: return 0;
  }
  return std::nullopt;
}

std::string agreement(const cuda::DeviceSchedule& schedule,
                      const cuda::DeviceSchedule::Given& given) {
  const runtime::Program& program = schedule.program();
  std::string text = "device step " + std::to_string(given.step) + "\n";
  for (std::size_t output = 0; output < program.outputs.size(); ++output)
    text += "device values " + program.outputs[output] + " " +
            lrc::abi::values_told(program, given.values, output) + "\n";
  return text;
}

}  // namespace

extern "C" {

lrc_status lrc_device_open(lrc_run* run, const lrc_device_options* options, lrc_device** device) {
  if (run == nullptr || device == nullptr) return wrong("lrc_device_open takes a run and a handle");
  return guarded([&] {
    cuda::DeviceSchedule::Request request;
    if (const auto status = read_options(options, request); status != LRC_FINE) return status;
    auto opened = cuda::DeviceSchedule::open(
        run->run.program(), stand_of(run->run), request,
        [run](int capability) { return code_for(run->run, capability); });
    if (!opened) return failed(opened.error());
    *device = new lrc_device{std::move(*opened), digest_of(run->run)};
    return LRC_FINE;
  });
}

void lrc_device_close(lrc_device* device) { delete device; }

lrc_status lrc_device_update(lrc_device* device, void* stream) {
  if (device == nullptr) return wrong("lrc_device_update takes a device schedule");
  return guarded([&] { return status_of(device->schedule->update(stream_of(stream))); });
}

lrc_status lrc_device_pull(lrc_device* device, lrc_run* run, void* stream) {
  if (device == nullptr || run == nullptr)
    return wrong("lrc_device_pull takes a device schedule and a run");
  return guarded([&] {
    if (!belong_together(*device, run->run)) return refused();
    const auto position = device->schedule->position(stream_of(stream));
    if (!position) return failed(position.error());
    run->run.go_to(*position);
    return LRC_FINE;
  });
}

lrc_status lrc_device_push(lrc_device* device, const lrc_run* run, void* stream) {
  if (device == nullptr || run == nullptr)
    return wrong("lrc_device_push takes a device schedule and a run");
  return guarded([&] {
    if (!belong_together(*device, run->run)) return refused();
    return status_of(device->schedule->go_to(stand_of(run->run), stream_of(stream)));
  });
}

uint64_t lrc_device_address(const lrc_device* device, lrc_device_place place, size_t index) {
  if (device == nullptr) return 0;
  const auto offset = offset_of(device->schedule->head(), place, index);
  return offset ? device->schedule->memory() + *offset : 0;
}

size_t lrc_metrics(const lrc_run* run) { return run->run.program().metrics.size(); }

size_t lrc_metric_name(const lrc_run* run, size_t metric, char* buffer, size_t size) {
  if (metric >= lrc_metrics(run)) return copy_text("", buffer, size);
  return copy_text(run->run.program().metrics[metric], buffer, size);
}

size_t lrc_device_next_event(lrc_device* device, char* buffer, size_t size) {
  size_t whole = copy_text("", buffer, size);
  guarded([&] {
    cuda::RingReader& events = device->schedule->events();
    const auto event = events.front();
    if (!event) return failed(event.error());
    if (*event == nullptr) return LRC_FINE;
    whole = copy_text(runtime::line(device->schedule->program(), **event), buffer, size);
    if (whole < size) events.pop();
    return LRC_FINE;
  });
  return whole;
}

size_t lrc_device_agreement(lrc_device* device, void* stream, char* buffer, size_t size) {
  return guarded_text(buffer, size, [&]() -> std::string {
    const auto given = device->schedule->given(stream_of(stream));
    if (given) return agreement(*device->schedule, *given);
    failed(given.error());
    return "";
  });
}

size_t lrc_device_origin(const lrc_device* device, char* buffer, size_t size) {
  return copy_text(device->schedule->origin(), buffer, size);
}

}  // extern "C"
