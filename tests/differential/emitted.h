#pragma once
// Programs as files of compiler/backends/llvm/emit.h, hundreds of them linked into one.

#include <string>

#include "compiler/backends/llvm/emit.h"
#include "tests/differential/backends.h"

namespace lrc::differential {

// Objects of a target that this machine runs, in one shared library.
[[nodiscard]] Results linked_objects(std::span<const Task> tasks, const std::string& target,
                                     backends::llvm::Level level);
// One shared library a program.
[[nodiscard]] Results shared_libraries(std::span<const Task> tasks);
// Objects for AArch64 in one executable, run by qemu.
[[nodiscard]] Results emulated_objects(std::span<const Task> tasks);

}  // namespace lrc::differential
