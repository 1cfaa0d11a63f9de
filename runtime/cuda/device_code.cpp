#include "runtime/cuda/device_code.h"

#include <array>
#include <charconv>

#include "runtime/artifact/program_bytes.h"
#include "runtime/host/sha256.h"

namespace lrc::cuda {
namespace {

// As the compiler names its targets for GPUs.
constexpr std::array compiled_capabilities = {75, 80, 90, 100, 120};

std::string target_of(int capability) { return "sm_" + std::to_string(capability); }

}  // namespace

std::optional<int> capability_of(std::string_view target) {
  if (!target.starts_with("sm_")) return std::nullopt;
  const char* end = target.data() + target.size();
  int capability = 0;
  const auto read = std::from_chars(target.data() + 3, end, capability);
  if (read.ec != std::errc() || read.ptr != end || capability <= 0) return std::nullopt;
  return capability;
}

tl::expected<std::string, std::string> compiler_target(int capability) {
  int best = 0;
  for (const int compiled : compiled_capabilities) {
    if (compiled <= capability) best = compiled;
  }
  if (best != 0) return target_of(best);
  return tl::unexpected("the GPU has compute capability " + std::to_string(capability / 10) + "." +
                        std::to_string(capability % 10) +
                        ", and lrc makes code for those from 7.5 on");
}

tl::expected<DeviceCode, std::string> carried_code(const runtime::Artifact& artifact,
                                                   const runtime::Program& program,
                                                   int capability) {
  const runtime::CodeImage* best = nullptr;
  int best_capability = 0;
  for (const runtime::CodeImage& image : artifact.code()) {
    const int asked = capability_of(image.target).value_or(capability + 1);
    if (asked > capability || asked <= best_capability) continue;
    best = &image;
    best_capability = asked;
  }
  if (best == nullptr)
    return tl::unexpected("the artifact holds no code for a GPU of " + target_of(capability) +
                          " (`lrc compile -o` adds it)");
  if (best->arithmetic != runtime::arithmetic_digest())
    return tl::unexpected("the code for " + best->target +
                          " in the artifact was compiled from other sources than this release has");
  if (best->program != runtime::sha256(runtime::write_program(program)))
    return tl::unexpected(std::string(
        "the code in the artifact is that of another program: of other facts, or of other sets of "
        "groups"));
  return DeviceCode{best->code, "artifact " + best->target};
}

}  // namespace lrc::cuda
