#pragma once

#include "compiler/backends/llvm/level.h"
#include "compiler/backends/llvm/names.h"

namespace lrc::backends::llvm {

// Inlines what is short or called once, and computes what is known. A schedule has nothing else to
// gain from LLVM's pipelines, which take longer than all the rest. `quick` leaves the code as it
// is.
void optimise(Module& module, Level level);

}  // namespace lrc::backends::llvm
