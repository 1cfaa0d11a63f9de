#pragma once
// Exact integers of a program stay in range, and divisors above 0, at every position that an update
// can lead to.

#include "runtime/host/program.h"

namespace lrc::runtime {

inline constexpr Integer integer_limit = static_cast<Integer>(1) << 126;

// What is wrong, or null. The program's indices, lists and bounds have been checked.
[[nodiscard]] const char* out_of_range(const Program& program);

}  // namespace lrc::runtime
