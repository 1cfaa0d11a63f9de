#pragma once
// The kernels beside a program's functions on a GPU.

#include "compiler/backends/llvm/emission.h"

namespace lrc::backends::llvm {

// Whether the module's code is for a GPU, and not translated for the host.
[[nodiscard]] bool runs_on_gpu(const Module& module);

// (const int64_t *steps, int64_t count, double *values, const double *factors): thread k calls
// `values_of` for steps[k], and its slots lie one after the other from values[k*slots].
void lower_table(Emission& emission, Function* values_of, const std::string& name);

// (cuda::Block *block, i32 evaluate): what runtime/cuda/device/update.h does to the block, by the
// threads of one thread block, with `eval` and `reaction` for the program's values. Where the code
// is for the host, a function, and its caller the only thread.
void lower_update(Emission& emission, Function* eval, Function* reaction, const std::string& name);

}  // namespace lrc::backends::llvm
