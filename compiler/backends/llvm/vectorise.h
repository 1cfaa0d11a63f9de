#pragma once
// Loops that compute several values at once, in the machine's vectors. Each value keeps its own
// sequence of operations and so its bits.

#include <string>

#include <tl/expected.hpp>

#include "compiler/backends/llvm/names.h"

namespace llvm {
class TargetMachine;
}

namespace lrc::backends::llvm {

void mark_for_vectors(Function& function);
[[nodiscard]] bool has_marked(const Module& module);

// The loops of all marked functions, in a module that is complete; it is checked once more.
[[nodiscard]] tl::expected<void, std::string> vectorise(Module& module,
                                                        ::llvm::TargetMachine& machine);

}  // namespace lrc::backends::llvm
