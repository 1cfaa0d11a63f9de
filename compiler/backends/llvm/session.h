#pragma once
// LLVM's compiler and linker, set up once per process.

#include <functional>
#include <string>

#include <tl/expected.hpp>

#include "compiler/backends/llvm/level.h"
#include "compiler/backends/llvm/names.h"

namespace lrc::backends::llvm {

// Writes functions into an empty module; `name` is that of the one to be called.
using Lowering = std::function<void(Module& module, const std::string& name)>;

// The address of the compiled function, which stays valid for ever. One compilation at a time:
// further threads wait.
[[nodiscard]] tl::expected<void*, std::string> compile_module(const Lowering& lowering,
                                                              Level level);

[[nodiscard]] std::string session_description();

}  // namespace lrc::backends::llvm
