#pragma once
// A program as the bytes of a file, for every form but a linked library.

#include "compiler/backends/llvm/emit.h"

namespace lrc::backends::llvm {

// What emit() of emit.h does. LLVM's code for the target must be initialised; one thread at a time.
[[nodiscard]] tl::expected<std::string, std::string> file_of(const runtime::Program& program,
                                                             const EmitRequest& request);

}  // namespace lrc::backends::llvm
