#pragma once
// The kernel beside a program's functions on a GPU.

#include "compiler/backends/llvm/emission.h"

namespace lrc::backends::llvm {

// (const int64_t *steps, int64_t count, double *values, const double *factors): thread k calls
// `values_of` for steps[k], and its slots lie one after the other from values[k*slots].
void lower_kernel(Emission& emission, Function* values_of, const std::string& name);

}  // namespace lrc::backends::llvm
