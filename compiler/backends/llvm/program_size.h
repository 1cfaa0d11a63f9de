#pragma once

#include <span>
#include <string>

#include <tl/expected.hpp>

#include "runtime/host/program.h"

namespace lrc::backends::llvm {

// Whether the slots need no more than jit.h's maximum_pieces; the error says how many there are.
[[nodiscard]] tl::expected<void, std::string> check_size(const runtime::Program& program,
                                                         std::span<const runtime::Slot> slots);

}  // namespace lrc::backends::llvm
