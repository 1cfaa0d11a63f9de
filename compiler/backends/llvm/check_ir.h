#pragma once
// The last look at a module before code generation: nothing in it may compute other bits than the
// lrc1 arithmetic does.

#include <string>

#include <tl/expected.hpp>

#include "compiler/backends/llvm/names.h"

namespace lrc::backends::llvm {

// Refuses fast-math flags, fused or approximate intrinsics, and any call that leaves the module
// (libm's functions are such calls).
[[nodiscard]] tl::expected<void, std::string> check_ir(const Module& module);

}  // namespace lrc::backends::llvm
