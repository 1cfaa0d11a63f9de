#pragma once
// Which values of a program never move: whoever hands a number on once must know.

#include <cstddef>
#include <cstdint>

#include "runtime/host/program.h"

namespace lrc::runtime {

// Whether program.slots[slot] has the same bits at every update from `from` (>= 0) on, whatever
// rules make of it. False says nothing: a value whose terms cancel is not looked into.
[[nodiscard]] bool is_constant(const Program& program, std::size_t slot, std::int64_t from = 0);

}  // namespace lrc::runtime
