#pragma once
// Lists of many entries, in lines.

#include <string>
#include <vector>

namespace lrc::backends::c {

inline constexpr std::size_t line_width = 100;

// The entries with commas between them, as many in a line as fit.
[[nodiscard]] std::string lines(const std::vector<std::string>& entries, const std::string& indent);

}  // namespace lrc::backends::c
