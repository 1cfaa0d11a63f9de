#include "compiler/format/layout.h"

#include "compiler/format/format.h"

namespace lrc::format {
namespace {

// No decision looks at how the author broke a line, but for blocks (Tokens::is_broken) and blank
// lines; and what is written for those is read back as the same. So formatting twice is formatting
// once.
class Layout {
 public:
  explicit Layout(const Tokens& tokens) : tokens_(tokens) {}

  std::vector<Line> run() {
    items({0, tokens_.size()}, 0, true);
    return std::move(lines_);
  }

 private:
  static constexpr std::size_t step = 2;
  static constexpr std::size_t hanging = 4;  // of what goes on behind a comma: deeper than a block

  // Statements of a block or arguments of a call, each on its own line.
  void items(Range range, std::size_t indent, bool are_statements) {
    const std::size_t first_line = lines_.size();
    const std::size_t outer = statement_;
    for (std::size_t at = range.begin; at < range.end;) {
      // None at the start of a block; none at its end, where nothing follows.
      if (are_statements && tokens_.blank_line_before(at) && lines_.size() > first_line)
        lines_.emplace_back();
      const std::size_t end = tokens_.is_comment(at) ? at + 1 : end_of_item({at, range.end});
      if (are_statements) statement_ = ++statements_;
      if (tokens_.is_comment(at))
        comment(at, indent);
      else
        item({at, end}, indent, are_statements);
      at = end;
    }
    statement_ = outer;
  }

  // Comments behind an item belong to the list.
  std::size_t end_of_item(Range range) const {
    std::size_t at = tokens_.next(range.begin);
    std::size_t end = at;
    while (at < range.end && !tokens_.begins_item(at)) {
      const bool is_comment = tokens_.is_comment(at);
      at = tokens_.next(at);
      if (!is_comment) end = at;
    }
    return end;
  }

  void item(Range range, std::size_t indent, bool is_statement) {
    break_to(indent);
    if (fits(range, indent)) {
      put(range);
      if (is_statement) mark_whole(range);
      return;
    }
    std::size_t begin = range.begin;
    for (std::size_t at = tokens_.next(begin); at < range.end; at = tokens_.next(at)) {
      if (!tokens_.is(at, "then")) continue;
      part({begin, at}, begin == range.begin ? indent : indent + step, indent + step);
      begin = at;
    }
    part({begin, range.end}, begin == range.begin ? indent : indent + step, indent + step);
  }

  void mark_whole(Range range) {
    Line& line = lines_.back();
    line.whole = true;
    if (tokens_.is_word(range.begin) && range.begin + 1 < range.end &&
        tokens_.is(range.begin + 1, "="))
      line.equals = tokens_.text(range.begin).size() + 1;
  }

  // What stands between two `then`, the first of them included. `then_indent` is that of the
  // second.
  void part(Range range, std::size_t indent, std::size_t then_indent) {
    break_to(indent);
    if (fits(range, indent)) return put(range);
    for (std::size_t at = range.begin; at < range.end;) {
      if (tokens_.is_comment(at)) {
        at = comments_within({at, range.end}, indent, then_indent);
      } else if (tokens_.opens(at)) {
        bracket({at, range.end}, indent);
        at = tokens_.next(at);
      } else {
        if (!pending_ && may_break_before(at) && overflows({at, range.end}, indent + hanging))
          break_to(indent + hanging);
        put(at++);
      }
    }
  }

  // In a part that is not one line a call may still be, a block may not, unless it is empty.
  void bracket(Range range, std::size_t indent) {
    const std::size_t open = range.begin, close = tokens_.partner(open);
    const bool is_block = tokens_.is(open, "{");
    const bool is_kept = is_block ? close == open + 1 : !tokens_.is_broken({open, close + 1});
    if (is_kept && is_within({open, end_of_chunk(range, std::nullopt)}, column(open))) {
      put({open, close + 1});
      return;
    }
    put(open);
    // A call may stand on a line that hangs; a block belongs to what began before it.
    const std::size_t base = is_block ? indent : lines_.back().indent;
    items({open + 1, close}, base + step, is_block);
    break_to(base);
    put(close);
  }

  // Behind a comma, before a term: at the depth of the line.
  bool may_break_before(std::size_t at) const {
    if (at == 0 || tokens_.is_comment(at - 1)) return false;
    return tokens_.is(at - 1, ",") || tokens_.is_term_sign(at);
  }

  bool overflows(Range range, std::size_t new_line) const {
    return !is_within({range.begin, end_of_chunk(range, new_line)}, column(range.begin));
  }

  // Where the line could be broken next. A call is part of a chunk that can go to a new line if it
  // fits there; a block only with its `{`, since it is better opened than moved. What begins the
  // range always is.
  std::size_t end_of_chunk(Range range, std::optional<std::size_t> new_line) const {
    std::size_t at = tokens_.next(range.begin);
    while (at < range.end && !tokens_.is_comment(at) && !may_break_before(at)) {
      if (tokens_.opens(at)) {
        const bool is_call = tokens_.is(at, "(");
        const Range whole{at, tokens_.next(at)};
        if (!is_call || !new_line || !is_within(whole, *new_line)) return at + 1;
      }
      at = tokens_.next(at);
    }
    return at;
  }

  // Within the columns, if it is one line.
  bool is_within(Range range, std::size_t column) const {
    return column + tokens_.width(range) <= maximum_columns;
  }
  bool fits(Range range, std::size_t column) const {
    return !tokens_.is_broken(range) && is_within(range, column);
  }

  // All comments at the beginning of the range. What follows them begins a line.
  std::size_t comments_within(Range range, std::size_t indent, std::size_t then_indent) {
    std::size_t next = range.begin;
    while (next < range.end && tokens_.is_comment(next)) ++next;
    const std::size_t behind = next == range.end       ? then_indent
                               : tokens_.is(next, "{") ? indent
                                                       : indent + hanging;
    for (std::size_t at = range.begin; at < next; ++at) comment(at, behind);
    break_to(behind);
    return next;
  }

  void comment(std::size_t at, std::size_t indent) {
    const bool is_alone = at == 0 || tokens_.line_end_before(at);
    if (is_alone) {
      lines_.emplace_back();
      lines_.back().indent = indent;
    }
    lines_.back().comment = tokens_.text(at);
  }

  // The next token begins a line.
  void break_to(std::size_t indent) { pending_ = indent; }

  void put(Range range) {
    for (std::size_t at = range.begin; at < range.end; ++at) put(at);
  }

  void put(std::size_t at) {
    const bool is_spaced = !pending_ && tokens_.space_before(at);
    if (pending_) {
      lines_.emplace_back();
      lines_.back().indent = *pending_;
      lines_.back().statement = statement_;
      pending_.reset();
    }
    Line& line = lines_.back();
    if (is_spaced) line.text += ' ';
    line.text += tokens_.text(at);
    line.width += tokens_.width(at) + (is_spaced ? 1 : 0);
  }

  // Where a token would begin.
  std::size_t column(std::size_t at) const {
    if (pending_) return *pending_;
    return lines_.back().indent + lines_.back().width + (tokens_.space_before(at) ? 1 : 0);
  }

  const Tokens& tokens_;
  std::vector<Line> lines_;
  std::optional<std::size_t> pending_;  // the indent of a line that has not begun
  std::size_t statement_ = 0, statements_ = 0;
};

}  // namespace

std::vector<Line> lay_out(const Tokens& tokens) { return Layout(tokens).run(); }

}  // namespace lrc::format
