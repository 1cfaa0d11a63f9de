#pragma once
// A bound program as bytes: the same program gives the same bytes on every machine, and bytes from
// anywhere give a program that can be evaluated, or an error.

#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "runtime/host/program.h"

namespace lrc::runtime {

// Of the layout below and of what the operations mean. A reader takes its own version only.
inline constexpr std::uint32_t program_bytes_version = 2;

// All numbers are little-endian; counts and indices have 4 bytes, integers 16, reals 8 (their
// bits); a list is its count and its items, a text its length and its bytes, without a NUL. In this
// order: the version; identity (policy, version, hash, run hash, facts); outputs; groups (name,
// patterns); sets of groups; frozen_until; slots (output, set, segment); metrics; rules; reactions;
// end; updates; named phases (output, start, name); clamps (low, high); codes (operation as 1 byte,
// then the operands that it has); segments; curves; thresholds; integers; reals. Operations,
// triggers and the truth values of rules have 1 byte.
[[nodiscard]] std::string write_program(const Program& program);

// Reads what write_program wrote, and only that: write_program(*read_program(bytes)) == bytes, and
// the program is one that `verify` finds nothing wrong with. The error says what is wrong.
[[nodiscard]] tl::expected<Program, std::string> read_program(std::string_view bytes);

}  // namespace lrc::runtime
