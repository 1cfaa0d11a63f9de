#pragma once
// The interpreter, compiled once more from the same sources with other options, each in a library
// that shows only its own name.

#include "runtime/host/program.h"

namespace lrc::differential {

#define LRC_INTERPRETER(name)                                                                   \
  [[gnu::visibility("default")]] double name(const runtime::Program& program, std::size_t slot, \
                                             std::int64_t step, const double* factors) noexcept

LRC_INTERPRETER(interpreter_O0);
LRC_INTERPRETER(interpreter_native);

}  // namespace lrc::differential
