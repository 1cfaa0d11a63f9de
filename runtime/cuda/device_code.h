#pragma once
// Where the code for a GPU comes from. GPUs are known by their compute capability, as 10*major +
// minor: 90 runs code for `sm_90` and for every target below it.

#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "runtime/artifact/artifact.h"
#include "runtime/host/program.h"

namespace lrc::cuda {

struct DeviceCode {
  std::string ptx;
  std::string origin;  // "artifact sm_90", "compiler sm_90"
};

// 90 of `sm_90`; nothing where the target is none of a GPU's.
[[nodiscard]] std::optional<int> capability_of(std::string_view target);

// The target that the compiler has for such a GPU. The error says that there is none.
[[nodiscard]] tl::expected<std::string, std::string> compiler_target(int capability);

// What the artifact holds of this very program for the best target that the GPU runs. The error
// says why it holds none.
[[nodiscard]] tl::expected<DeviceCode, std::string> carried_code(const runtime::Artifact& artifact,
                                                                 const runtime::Program& program,
                                                                 int capability);

}  // namespace lrc::cuda
