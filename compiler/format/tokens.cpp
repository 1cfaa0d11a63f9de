#include "compiler/format/tokens.h"

#include <algorithm>

namespace lrc::format {
namespace {

using Kind = syntax::Lexeme::Kind;

// A line feed, a carriage return, or both; at most 2 are counted.
std::uint8_t line_ends(std::string_view space) {
  std::uint8_t count = 0;
  for (std::size_t i = 0; i < space.size() && count < 2; ++i) {
    const bool half = space[i] == '\r' && i + 1 < space.size() && space[i + 1] == '\n';
    if ((space[i] == '\n' || space[i] == '\r') && !half) ++count;
  }
  return count;
}

}  // namespace

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80;
  }));
}

Tokens::Tokens(const std::vector<syntax::Lexeme>& lexemes)
    : lexemes_(lexemes), facts_(lexemes.size() + 1) {
  read_spaces();
  read_brackets();
  add_up();
}

std::string_view Tokens::text(std::size_t at) const {
  const std::string_view text = lexemes_[at].span.text();
  if (!is_comment(at)) return text;
  return text.substr(0, text.find_last_not_of(" \t\f\v") + 1);
}

bool Tokens::is(std::size_t at, std::string_view text) const {
  return at < size() && lexemes_[at].span.text() == text;
}

bool Tokens::is_comment(std::size_t at) const { return lexemes_[at].kind == Kind::comment; }

bool Tokens::is_word(std::size_t at) const { return lexemes_[at].kind == Kind::word; }

bool Tokens::is_term_sign(std::size_t at) const {
  return !lexemes_[at].leads && (is(at, "+") || is(at, "-"));
}

std::size_t Tokens::width(std::size_t at) const { return columns(lexemes_[at].span.text()); }

std::size_t Tokens::width(Range range) const {
  const std::size_t all = facts_[range.end].columns_before - facts_[range.begin].columns_before;
  return all - (space_before(range.begin) ? 1 : 0);
}

bool Tokens::is_broken(Range range) const {
  return facts_[range.end].breaks_before != facts_[range.begin].breaks_before;
}

void Tokens::read_spaces() {
  std::size_t before = size();  // the last token that is no comment, or none
  std::uint32_t end = 0;
  for (std::size_t at = 0; at < size(); ++at) {
    const source::Span& span = lexemes_[at].span;
    facts_[at].line_ends =
        line_ends(std::string_view(span.source->text).substr(end, span.begin - end));
    end = span.end;
    if (is_comment(at)) continue;
    facts_[at].space_before = before != size() && is_spaced(before, at);
    before = at;
  }
}

bool Tokens::is_spaced(std::size_t before, std::size_t at) const {
  const bool behind_number = lexemes_[before].kind == Kind::number && !begins_item(at);
  if (behind_number && (is(at, "%") || is(at, "x"))) return false;
  if (is(at, ",") || is(at, ")") || is(at, ":") || is(before, "(")) return false;
  if (is(before, "{") && is(at, "}")) return false;
  if (is(before, "-") && lexemes_[before].leads) return false;
  const bool is_call = is(at, "(") && !lexemes_[at].leads && is_word(before);
  return !is_call;
}

// A block stays on one line if its author wrote it so and it has one statement; an empty one always
// does.
void Tokens::read_brackets() {
  struct Open {
    std::size_t at;
    std::size_t breaks;  // comments and open blocks before it
    std::size_t items = 0;
    bool has_line_end = false;
  };
  std::vector<Open> open;
  std::size_t breaks = 0;
  for (std::size_t at = 0; at < size(); ++at) {
    if (!open.empty()) {
      open.back().has_line_end = open.back().has_line_end || line_end_before(at);
      if (begins_item(at)) ++open.back().items;
    }
    if (is_comment(at)) ++breaks;
    if (is(at, "(") || is(at, "{")) open.push_back({at, breaks});
    if (!is(at, ")") && !is(at, "}")) continue;
    const Open closed = open.back();
    open.pop_back();
    if (!open.empty()) open.back().has_line_end = open.back().has_line_end || closed.has_line_end;
    facts_[closed.at].partner = static_cast<std::uint32_t>(at);
    const bool is_empty = at == closed.at + 1;
    const bool is_long = closed.has_line_end || closed.items > 1 || breaks != closed.breaks;
    facts_[closed.at].is_open = is(at, "}") && is_long && !is_empty;
    if (facts_[closed.at].is_open) ++breaks;
  }
}

void Tokens::add_up() {
  for (std::size_t at = 0; at < size(); ++at) {
    const Facts& facts = facts_[at];
    const bool is_break = is_comment(at) || facts.is_open;
    const std::size_t columns_here = is_comment(at) ? 0 : width(at) + (facts.space_before ? 1 : 0);
    facts_[at + 1].columns_before = facts.columns_before + static_cast<std::uint32_t>(columns_here);
    facts_[at + 1].breaks_before = facts.breaks_before + (is_break ? 1 : 0);
  }
}

}  // namespace lrc::format
