#include <algorithm>
#include <map>

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

// The bytes of line `line`, from 1, without its end.
std::pair<std::size_t, std::size_t> line_bytes(const source::Source& source, std::uint32_t line) {
  const auto& begins = source.line_begins;
  const std::size_t begin = begins[line - std::size_t{1}];
  std::size_t end = line < begins.size() ? begins[line] : source.text.size();
  const auto is_line_end = [](char c) { return c == '\n' || c == '\r'; };
  while (end > begin && line < begins.size() && is_line_end(source.text[end - 1])) --end;
  return {begin, end};
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
  const std::uint32_t line = source::position(*span.source, span.begin).line;
  const auto [line_begin, line_end] = line_bytes(*span.source, line);
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
  return {line, head + before + marked + behind + tail, columns(head) + columns(before),
          std::max<std::size_t>(1, columns(marked))};
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
  const auto plain = [](char c) { return c >= 0x20 && c < 0x7f; };
  if (std::all_of(text.begin(), text.end(), plain)) return std::string(text);
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = source::utf8_sequence(text);
    const auto byte = static_cast<unsigned char>(text.front());
    // What a terminal would obey: the control characters of ASCII and, as U+0080 to U+009F, of ISO
    // 8859.
    const bool control =
        byte < 0x20 || byte == 0x7f ||
        (byte == 0xc2 && length == 2 && static_cast<unsigned char>(text[1]) < 0xa0);
    const std::size_t taken = std::max<std::size_t>(1, length);
    if (byte == '\t') {
      out += ' ';
    } else if (length == 0 || control) {
      for (const char c : text.substr(0, taken))
        out += fmt::format("\\x{:02X}", static_cast<unsigned char>(c));
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(taken);
  }
  return out;
}

std::string render_human(const Issues& issues, Color color) {
  // A text with a mistake in every line is shown as far as a person would read; JSON has them all.
  constexpr std::size_t most_of_a_source = 100;
  const Paint paint{color == Color::always};
  std::map<const source::Source*, std::size_t> seen;
  std::string out;
  for (const Issue& issue : issues) {
    if (++seen[issue.span.source] <= most_of_a_source || issue.span.source == nullptr)
      append(out, paint, issue);
  }
  for (const auto& [source, count] : seen) {
    if (source == nullptr || count <= most_of_a_source) continue;
    out += fmt::format("{} more findings in {}; `--format json` lists all\n",
                       count - most_of_a_source, printable(source->name));
  }
  return out;
}

}  // namespace lrc::diagnostics
