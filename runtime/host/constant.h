#pragma once
// Which values of a program never move: whoever hands a number on once must know.

#include <cstddef>

#include "runtime/host/program.h"

namespace lrc::runtime {

// Whether program.slots[slot] has the same bits at every update, whatever rules make of it. False
// says nothing: a value whose terms cancel is not looked into. Linear in the program's size.
[[nodiscard]] bool is_constant(const Program& program, std::size_t slot);

}  // namespace lrc::runtime
