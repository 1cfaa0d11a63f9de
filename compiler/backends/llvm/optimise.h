#pragma once

#include "compiler/backends/llvm/names.h"

namespace lrc::backends::llvm {

// Inlines what is short or called once, and computes what is known. A schedule has nothing else to
// gain from LLVM's pipelines, which take longer than all the rest.
void optimise(Module& module);

}  // namespace lrc::backends::llvm
