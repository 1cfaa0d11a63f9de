#pragma once
// Code generation: a complete module as the bytes of an object file, or as assembly.

#include <llvm/ADT/SmallVector.h>
#include <llvm/Support/CodeGen.h>

#include "compiler/backends/llvm/names.h"
#include "compiler/backends/llvm/target.h"

namespace lrc::backends::llvm {

using Bytes = ::llvm::SmallVector<char, 0>;

[[nodiscard]] tl::expected<Bytes, std::string> generate(Module& module,
                                                        ::llvm::TargetMachine& machine,
                                                        ::llvm::CodeGenFileType type);

}  // namespace lrc::backends::llvm
