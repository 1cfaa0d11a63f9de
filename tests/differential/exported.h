#pragma once
// Programs as C (compiler/backends/c/export.h), hundreds of them in one translation unit.

#include <string>

#include "tests/differential/backends.h"

namespace lrc::differential {

// `compiler` with its flags, as in `clang-19 -x c -std=c99 -O0`.
[[nodiscard]] Results exported_c(std::span<const Task> tasks, const std::string& compiler);

}  // namespace lrc::differential
