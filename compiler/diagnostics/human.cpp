#include <algorithm>

#include <fmt/format.h>

#include "compiler/diagnostics/render.h"

namespace lrc::diagnostics {
namespace {

using source::Span;

constexpr std::size_t snippet_columns = 100;  // a longer line is cut around its mistake

struct Paint {
  bool on;
  [[nodiscard]] std::string operator()(std::string_view style, std::string_view text) const {
    return on ? fmt::format("\x1b[{}m{}\x1b[0m", style, text) : std::string(text);
  }
};
constexpr std::string_view bold = "1", red = "1;31", yellow = "1;33", blue = "1;34";

// A line of source cut to a window around [begin, end), with the columns that are underlined.
struct Snippet {
  std::uint32_t line;
  std::string text;
  std::size_t underline_begin, underline_length;
};

// The bytes of the line that holds `offset`.
std::pair<std::size_t, std::size_t> line_around(std::string_view text, std::size_t offset) {
  const std::size_t before = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
  const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
  return {begin, std::min(text.find('\n', offset), text.size())};
}

// Columns a terminal gives to text that printable() made: one a code point.
std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

// Moves an offset back to the start of a UTF-8 sequence.
std::size_t sequence_start(std::string_view text, std::size_t offset, std::size_t floor) {
  while (offset > floor && offset < text.size() &&
         (static_cast<unsigned char>(text[offset]) & 0xc0) == 0x80) {
    --offset;
  }
  return offset;
}

Snippet snippet(Span span) {
  const std::string_view text = span.source->text;
  const auto [line_begin, line_end] = line_around(text, span.begin);
  const std::size_t mark_end = std::clamp<std::size_t>(
      span.end, span.begin, std::min(line_end, span.begin + snippet_columns));
  const std::size_t around = snippet_columns / 2;
  std::size_t begin = line_begin;
  std::size_t end = line_end;
  if (line_end - line_begin > snippet_columns) {
    begin = span.begin > line_begin + around ? span.begin - around : line_begin;
    end = std::min(line_end, std::max(mark_end, begin + snippet_columns));
    begin = sequence_start(text, begin, line_begin);
    end = sequence_start(text, end, begin);
  }
  const std::string before = printable(text.substr(begin, span.begin - begin));
  const std::string marked = printable(text.substr(span.begin, mark_end - span.begin));
  const std::string behind = mark_end < end ? printable(text.substr(mark_end, end - mark_end)) : "";
  const std::string head = begin > line_begin ? "…" : "";
  const std::string tail = end < line_end ? "…" : "";
  return {source::position(*span.source, span.begin).line, head + before + marked + behind + tail,
          columns(head) + columns(before), std::max<std::size_t>(1, columns(marked))};
}

std::string repeated(std::size_t count, char c) { return std::string(count, c); }

void append_place(std::string& out, const Paint& paint, Span span, std::string_view arrow) {
  const source::Position at = source::position(*span.source, span.begin);
  out += fmt::format("  {} {}:{}:{}\n", paint(blue, arrow), printable(span.source->name), at.line,
                     at.column);
}

void append_snippet(std::string& out, const Paint& paint, Span span, std::string_view annotation,
                    std::string_view style, char mark) {
  const Snippet shown = snippet(span);
  const std::string number = std::to_string(shown.line);
  const std::string margin = repeated(number.size(), ' ');
  out += fmt::format(" {} {}\n", margin, paint(blue, "|"));
  out += fmt::format(" {} {} {}\n", paint(blue, number), paint(blue, "|"), shown.text);
  const std::string underline = repeated(shown.underline_length, mark);
  out += fmt::format(" {} {} {}{}{}{}\n", margin, paint(blue, "|"),
                     repeated(shown.underline_begin, ' '), paint(style, underline),
                     annotation.empty() ? "" : " ", paint(style, printable(annotation)));
}

void append(std::string& out, const Paint& paint, const Issue& issue) {
  const CodeFacts& code = facts(issue.code);
  const bool error = code.severity == Severity::error;
  const std::string_view style = error ? red : yellow;
  out += fmt::format("{}{}\n",
                     paint(style, fmt::format("{}[{}]", error ? "error" : "warning", code.name)),
                     paint(bold, ": " + printable(issue.message)));
  if (issue.span.source != nullptr) {
    append_place(out, paint, issue.span, "-->");
    append_snippet(out, paint, issue.span, issue.annotation, style, '^');
  }
  for (const Label& label : issue.labels) {
    append_place(out, paint, label.span, ":::");
    append_snippet(out, paint, label.span, label.text, blue, '-');
  }
  if (!issue.reason.empty())
    out += fmt::format("  {} {}\n", paint(bold, "why:"), printable(issue.reason));
  if (issue.fix) out += fmt::format("  {} {}\n", paint(bold, "fix:"), printable(issue.fix->text));
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = source::utf8_sequence(text);
    const auto byte = static_cast<unsigned char>(text.front());
    const bool control = byte < 0x20 || byte == 0x7f;
    if (byte == '\t') {
      out += ' ';
    } else if (length == 0 || control) {
      out += fmt::format("\\x{:02X}", byte);
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(1, length));
  }
  return out;
}

std::string render_human(const Issues& issues, Color color) {
  std::string out;
  for (const Issue& issue : issues) append(out, Paint{color == Color::always}, issue);
  return out;
}

}  // namespace lrc::diagnostics
