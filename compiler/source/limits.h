#pragma once
// The published limits of a source. Each is tested at the limit and one beyond it.

#include <cstddef>

namespace lrc::source {

inline constexpr std::size_t maximum_source_bytes = std::size_t{1} << 20;  // 1 MiB
inline constexpr std::size_t maximum_nesting = 64;        // open ( and { at one place
inline constexpr std::size_t maximum_number_digits = 40;  // digits written in one number
inline constexpr int maximum_number_exponent = 308;       // of ten, either sign
inline constexpr std::size_t maximum_phases = 10'000;     // in one policy
inline constexpr std::size_t maximum_groups = 10'000;     // in one policy
inline constexpr std::size_t maximum_rules = 100;         // in one policy
inline constexpr std::size_t maximum_signals = 8;         // of one rule
inline constexpr std::size_t maximum_window = 10'000;     // updates of a rule's window
inline constexpr std::size_t maximum_branches = 8;        // policies that start from one another
inline constexpr std::size_t maximum_name_bytes = 128;    // of a policy, output, group, parameter
inline constexpr std::size_t maximum_words = 200'000;     // words, numbers and signs in a source
inline constexpr std::size_t maximum_operations = 512;    // of one formula, of one value
inline constexpr unsigned maximum_integer_bits = 126;     // of the exact integers of a run

}  // namespace lrc::source
