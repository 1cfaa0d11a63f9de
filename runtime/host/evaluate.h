#pragma once
// The interpreter of bound programs: the oracle that every other backend must equal bit for bit.

#include "runtime/host/program.h"

namespace lrc::runtime {

// The value of program.slots[slot] that update `step` uses (0 <= step). Never allocates, never
// throws, keeps no state: any number of threads may evaluate one program. The caller's rounding and
// flushing modes do not matter and are left as they are.
[[nodiscard]] double evaluate(const Program& program, std::size_t slot, std::int64_t step) noexcept;

}  // namespace lrc::runtime
