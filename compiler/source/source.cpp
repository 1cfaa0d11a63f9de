#include "compiler/source/source.h"

#include <algorithm>

namespace lrc::source {

namespace {

// A line ends with a line feed, a carriage return, or both.
std::vector<std::uint32_t> line_begins(std::string_view text) {
  std::vector<std::uint32_t> begins = {static_cast<std::uint32_t>(byte_order_mark(text))};
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool carriage_return =
        text[at] == '\r' && !(at + 1 < text.size() && text[at + 1] == '\n');
    if (text[at] == '\n' || carriage_return) begins.push_back(static_cast<std::uint32_t>(at + 1));
  }
  return begins;
}

std::vector<std::uint32_t> code_points(std::string_view text) {
  if (std::all_of(text.begin(), text.end(),
                  [](char c) { return static_cast<unsigned char>(c) < 0x80; }))
    return {};
  std::vector<std::uint32_t> before(text.size() + 1);
  std::uint32_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) {
    const std::size_t end = at + std::max<std::size_t>(1, utf8_sequence(text.substr(at)));
    for (; at < end; ++at) before[at + 1] = count + 1;
  }
  return before;
}

}  // namespace

SourcePtr make_source(std::string name, std::string text) {
  Source source{std::move(name), std::move(text), {}, {}};
  source.line_begins = line_begins(source.text);
  source.code_points = code_points(source.text);
  return std::make_shared<const Source>(std::move(source));
}

Span join(Span first, Span last) {
  return {first.source, first.begin, std::max(first.end, last.end)};
}

std::size_t byte_order_mark(std::string_view text) {
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  return text.starts_with(mark) ? mark.size() : 0;
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
  const auto& begins = source.line_begins;
  offset = std::max(offset, begins.front());
  const auto next = std::upper_bound(begins.begin(), begins.end(), offset);
  const std::uint32_t begin = *(next - 1);
  const auto& before = source.code_points;
  const std::uint32_t columns = before.empty() ? offset - begin : before[offset] - before[begin];
  return {static_cast<std::uint32_t>(next - begins.begin()), columns + 1};
}

}  // namespace lrc::source
