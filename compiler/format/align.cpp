#include "compiler/format/align.h"

#include <algorithm>
#include <span>

#include "compiler/format/format.h"
#include "compiler/format/tokens.h"

namespace lrc::format {
namespace {

// The next lines that belong together, from the first: at least that one.
template <class Together>
std::span<Line> run_at(std::span<Line> lines, Together together) {
  std::size_t count = 1;
  while (count < lines.size() && together(lines[count - 1], lines[count])) ++count;
  return lines.first(count);
}

// `name = …`, as many of them as stay within the columns when their `=` stand in one.
void align_equals(std::span<Line> lines) {
  while (!lines.empty()) {
    std::size_t name = 0, rest = 0;
    const auto joins = [&](const Line& line) {
      name = std::max(name, line.equals.value_or(0));
      rest = std::max(rest, line.width - line.equals.value_or(0));
      return line.indent + name + rest <= maximum_columns;
    };
    joins(lines.front());
    std::size_t widest = name;
    const auto run = run_at(lines, [&](const Line& before, const Line& line) {
      if (!before.equals || !line.equals || !joins(line)) return false;
      widest = name;
      return true;
    });
    for (Line& line : run) {
      if (!line.equals) continue;
      const std::size_t missing = widest - *line.equals;
      line.text.insert(*line.equals, missing, ' ');
      line.width += missing;
    }
    lines = lines.subspan(run.size());
  }
}

std::size_t end_of(const Line& line) { return line.indent + line.width; }
bool has_comment_behind(const Line& line) { return !line.text.empty() && !line.comment.empty(); }

// One statement a line, or the lines of one statement.
bool are_neighbours(const Line& before, const Line& line) {
  if (before.text.empty() || line.text.empty() || before.whole != line.whole) return false;
  return line.whole ? before.indent == line.indent : before.statement == line.statement;
}

// As many of them as stay within the columns when their comments begin in one.
void align_comments(std::span<Line> lines) {
  constexpr std::size_t apart = 2;
  while (!lines.empty()) {
    std::size_t code = 0, comment = 0;
    const auto joins = [&](const Line& line) {
      if (!has_comment_behind(line)) return true;
      code = std::max(code, end_of(line));
      comment = std::max(comment, columns(line.comment));
      return code + apart + comment <= maximum_columns;
    };
    bool goes_on = joins(lines.front());
    std::size_t widest = code;
    const auto run = run_at(lines, [&](const Line& before, const Line& line) {
      goes_on = goes_on && are_neighbours(before, line) && joins(line);
      if (goes_on) widest = code;
      return goes_on;
    });
    for (Line& line : run) {
      if (has_comment_behind(line)) line.gap = widest - end_of(line) + apart;
    }
    lines = lines.subspan(run.size());
  }
}

}  // namespace

void align(std::vector<Line>& lines) {
  align_equals(lines);
  align_comments(lines);
}

}  // namespace lrc::format
