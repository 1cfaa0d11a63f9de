#pragma once
// Programs as files of compiler/backends/llvm/emit.h, hundreds of them linked into one.

#include <functional>
#include <string>

#include "compiler/backends/llvm/emit.h"
#include "tests/differential/backends.h"
#include "tests/differential/workspace.h"

namespace lrc::differential {

// Objects of a target that this machine runs, in one shared library.
[[nodiscard]] Results linked_objects(std::span<const Task> tasks, const std::string& target,
                                     backends::llvm::Level level);
struct ObjectRequest {
  std::string target;
  backends::llvm::Level level;
};
// The values of a task by its program's functions, whose names begin with `name`.
using ByName =
    std::function<Values(const Library& library, const std::string& name, const Task& task)>;
[[nodiscard]] Results with_objects(std::span<const Task> tasks, const ObjectRequest& request,
                                   const ByName& values);
[[nodiscard]] runtime::CompiledFunction values_of(const Library& library, const std::string& name);
// One shared library a program.
[[nodiscard]] Results shared_libraries(std::span<const Task> tasks);
// Objects for AArch64 in one executable, run by qemu.
[[nodiscard]] Results emulated_objects(std::span<const Task> tasks);

}  // namespace lrc::differential
