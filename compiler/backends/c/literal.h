#pragma once
// Numbers and names as C writes them.

#include <string>
#include <string_view>

#include "runtime/host/program.h"

namespace lrc::backends::c {

using runtime::Integer;

// Exact: in decimals where these are the number itself, else in hexadecimal with the shortest
// decimals that mean it beside: 0.5, 0x1.3a92a30553261p-12 /* 0.0003 */.
[[nodiscard]] std::string real_literal(double value);

// The fewest decimals that mean the value.
[[nodiscard]] std::string shortest(double value);

// 30000, or LRC1_WRITTEN_INTEGER(0x…, 0x…) beyond 64 bits.
[[nodiscard]] std::string integer_literal(Integer value);
[[nodiscard]] std::string bits_literal(std::uint64_t bits);

// Letters, digits and underscores; everything else becomes an underscore.
[[nodiscard]] std::string identifier(std::string_view text);

// What a comment may hold: one line, without what would end or nest one.
[[nodiscard]] std::string comment(std::string_view text);

}  // namespace lrc::backends::c
