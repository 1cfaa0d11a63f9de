#pragma once
// The values of one slot over a stretch of updates, as loops that have no branches: the stretch is
// cut where the schedule's code changes, so that the machine can compute several values at once.

#include <string>

#include "compiler/backends/llvm/names.h"
#include "runtime/host/program.h"

namespace lrc::backends::llvm {

// void name(i64 first, i64 count, ptr values): a CurveFunction of jit.h. The function is marked for
// vectorise.h.
void lower_stretch(Module& module, const runtime::Program& program, const runtime::Slot& slot,
                   const std::string& name);

}  // namespace lrc::backends::llvm
