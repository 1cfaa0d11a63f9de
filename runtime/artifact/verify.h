#pragma once
// What a bound program must be so that evaluating it at any update, observing its metrics and
// saving its state have no undefined behaviour and an end. Programs that `bind` makes are such.

#include <cstddef>
#include <optional>
#include <string>

#include "runtime/host/program.h"

namespace lrc::runtime {

// The limits of what is read. Each is tested at the limit and one beyond it.
inline constexpr std::size_t maximum_program_bytes = std::size_t{1} << 26;  // 64 MiB
inline constexpr std::size_t maximum_text_bytes = 128;      // of a name; of a group twice that
inline constexpr std::size_t maximum_curve_depth = 500;     // of curves in curves
inline constexpr std::size_t maximum_operations = 1 << 24;  // for one value, at any update

inline constexpr std::size_t maximum_constants = 1 << 26;  // over all stretches

// What is wrong with the program, for a person; nothing if all is well.
[[nodiscard]] std::optional<std::string> verify(const Program& program);

}  // namespace lrc::runtime
