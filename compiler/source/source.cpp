#include "compiler/source/source.h"

#include <algorithm>

namespace lrc::source {

SourcePtr make_source(std::string name, std::string text) {
  return std::make_shared<const Source>(Source{std::move(name), std::move(text)});
}

Span join(Span first, Span last) {
  return {first.source, first.begin, std::max(first.end, last.end)};
}

std::size_t utf8_sequence(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (text.empty()) return 0;
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return 0;
  }
  const unsigned second = byte(1);
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool surrogate = first == 0xed && second > 0x9f;
  const bool too_large = first == 0xf4 && second > 0x8f;
  return overlong || surrogate || too_large ? 0 : length;
}

Position position(const Source& source, std::uint32_t offset) {
  const std::string_view text = std::string_view(source.text).substr(0, offset);
  const auto lines = std::count(text.begin(), text.end(), '\n');
  const std::size_t last_end = text.rfind('\n');
  std::string_view line = last_end == std::string_view::npos ? text : text.substr(last_end + 1);
  std::uint32_t column = 1;
  while (!line.empty()) {
    line.remove_prefix(std::max<std::size_t>(1, utf8_sequence(line)));
    ++column;
  }
  return {static_cast<std::uint32_t>(lines + 1), column};
}

}  // namespace lrc::source
