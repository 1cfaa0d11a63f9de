#include "compiler/backends/c/lines.h"

namespace lrc::backends::c {

std::string lines(const std::vector<std::string>& entries, const std::string& indent) {
  std::string text;
  std::size_t width = line_width;
  for (const std::string& entry : entries) {
    const bool fits = width + entry.size() + 2 <= line_width;
    if (!fits && !text.empty()) text += "\n";
    if (!fits) width = indent.size();
    text += fits ? " " : indent;
    text += entry + ",";
    width += entry.size() + 2;
  }
  return text + "\n";
}

}  // namespace lrc::backends::c
