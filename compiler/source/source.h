#pragma once
// Text with a name, and places in it. Reading files is in read.h.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lrc::source {

// Made by make_source only, which keeps the members in step.
struct Source {
  std::string name;  // a path, `<text>`, `<stdin>`, or the flag that carried the text
  std::string text;
  std::vector<std::uint32_t> line_begins;  // offsets, rising; the first is that of the first line
  // How many code points begin before each offset; empty where all of the text is ASCII.
  std::vector<std::uint32_t> code_points;
};
// Places refer to their source, so whoever keeps places keeps the source.
using SourcePtr = std::shared_ptr<const Source>;

[[nodiscard]] SourcePtr make_source(std::string name, std::string text);

// Bytes [begin, end) of a source.
struct Span {
  const Source* source = nullptr;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  [[nodiscard]] std::string_view text() const {
    return std::string_view(source->text).substr(begin, end - begin);
  }
};

// From the first place to the end of the second, which is in the same source.
[[nodiscard]] Span join(Span first, Span last);

struct Position {
  std::uint32_t line;    // from 1
  std::uint32_t column;  // from 1, in code points; a byte that is no UTF-8 counts as one
};

[[nodiscard]] Position position(const Source& source, std::uint32_t offset);

// The bytes of the byte order mark that an editor may have put before the text: 3 or 0. It is no
// part of the policy, and takes no column.
[[nodiscard]] std::size_t byte_order_mark(std::string_view text);

// The length in bytes of the well-formed UTF-8 sequence at the start of `text`; 0 if there is none.
[[nodiscard]] std::size_t utf8_sequence(std::string_view text);

}  // namespace lrc::source
