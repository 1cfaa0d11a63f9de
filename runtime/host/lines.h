#pragma once
// A text as its lines.

#include <string_view>
#include <vector>

namespace lrc::runtime {

// No text is no line; otherwise one piece more than there are line feeds, so that joining the
// pieces with line feeds gives the same text again.
[[nodiscard]] inline std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  if (text.empty()) return lines;
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  lines.push_back(text);
  return lines;
}

}  // namespace lrc::runtime
