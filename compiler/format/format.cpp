#include "compiler/format/format.h"

#include <fmt/format.h>

#include "compiler/format/align.h"
#include "compiler/format/layout.h"
#include "compiler/source/limits.h"
#include "compiler/syntax/lexemes.h"

namespace lrc::format {
namespace {

std::size_t bytes_of(const std::vector<Line>& lines) {
  std::size_t bytes = 0;
  for (const Line& line : lines)
    bytes += line.indent + line.text.size() + line.gap + line.comment.size() + 1;
  return bytes;
}

std::string written(const std::vector<Line>& lines, std::size_t bytes) {
  std::string text;
  text.reserve(bytes);
  for (const Line& line : lines) {
    text.append(line.indent, ' ').append(line.text).append(line.gap, ' ').append(line.comment);
    text += '\n';
  }
  return text;
}

diagnostics::Issue too_large(const source::Source& source) {
  return {diagnostics::Code::E0901,
          {&source, 0, 0},
          fmt::format("laid out, the source has more than {} bytes", source::maximum_source_bytes),
          "",
          {},
          "one source is at most 1 MiB",
          std::nullopt};
}

}  // namespace

Formatted format(const source::Source& source) {
  auto parsed = syntax::parse_lexemes(source);
  if (diagnostics::has_errors(parsed.issues)) return {std::nullopt, std::move(parsed.issues)};
  std::vector<Line> lines = lay_out(Tokens(parsed.tree));
  align(lines);
  // Indentation may make of a source that everybody reads one that nobody does.
  const std::size_t bytes = bytes_of(lines);
  if (bytes > source::maximum_source_bytes) return {std::nullopt, {too_large(source)}};
  return {written(lines, bytes), {}};
}

}  // namespace lrc::format
