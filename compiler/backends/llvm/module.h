#pragma once
// A program's module made ready for code generation: the same steps for every backend.

#include <memory>

#include "compiler/backends/llvm/names.h"
#include "compiler/backends/llvm/target.h"

namespace llvm {
class DataLayout;
}

namespace lrc::backends::llvm {

// A new module for the machine's memory layout.
[[nodiscard]] std::unique_ptr<Module> new_module(LLVMContext& context, const Target& target,
                                                 const ::llvm::DataLayout& layout);

// Links the arithmetic in, optimises, lets loops that are marked for it run in vectors, and checks
// that no operation has other bits than lrc1.
[[nodiscard]] tl::expected<void, std::string> complete(Module& module, const Target& target,
                                                       Level level);

}  // namespace lrc::backends::llvm
