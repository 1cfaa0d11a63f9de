#pragma once
// The tokens of a source and what a layout asks of them, each answer in constant time: so laying
// out stays linear in the text.

#include <cstdint>
#include <string_view>
#include <vector>

#include "compiler/syntax/lexemes.h"

namespace lrc::format {

// Tokens [begin, end).
struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// The columns of a text: its code points, as in diagnostics.
[[nodiscard]] std::size_t columns(std::string_view text);

class Tokens {
 public:
  // The lexemes must outlive what is made of them.
  explicit Tokens(const std::vector<syntax::Lexeme>& lexemes);

  [[nodiscard]] std::size_t size() const { return lexemes_.size(); }
  // A comment comes without the white space at its end.
  [[nodiscard]] std::string_view text(std::size_t at) const;
  [[nodiscard]] bool is(std::size_t at, std::string_view text) const;
  [[nodiscard]] bool is_comment(std::size_t at) const;
  [[nodiscard]] bool is_word(std::size_t at) const;
  [[nodiscard]] bool begins_item(std::size_t at) const { return lexemes_[at].begins_item; }
  // A `+` or `-` between two terms.
  [[nodiscard]] bool is_term_sign(std::size_t at) const;

  // A `(` or `{`, and the token that closes it.
  [[nodiscard]] bool opens(std::size_t at) const { return facts_[at].partner != 0; }
  [[nodiscard]] std::size_t partner(std::size_t at) const { return facts_[at].partner; }
  // The next token that no bracket hides.
  [[nodiscard]] std::size_t next(std::size_t at) const {
    return opens(at) ? partner(at) + 1 : at + 1;
  }

  // Behind the token before it, comments left out, on one line.
  [[nodiscard]] bool space_before(std::size_t at) const { return facts_[at].space_before; }
  // In the source.
  [[nodiscard]] bool line_end_before(std::size_t at) const { return facts_[at].line_ends != 0; }
  [[nodiscard]] bool blank_line_before(std::size_t at) const { return facts_[at].line_ends > 1; }

  // In columns.
  [[nodiscard]] std::size_t width(std::size_t at) const;
  [[nodiscard]] std::size_t width(Range range) const;  // on one line
  // Comments, and blocks that their author opened, keep a range from being one line.
  [[nodiscard]] bool is_broken(Range range) const;

 private:
  struct Facts {
    std::uint32_t columns_before = 0;  // of all tokens before it on one endless line
    std::uint32_t breaks_before = 0;   // comments and open blocks among them
    std::uint32_t partner = 0;
    std::uint8_t line_ends = 0;  // before it; 2: or more
    bool space_before = false;
    bool is_open = false;  // a `{` that does not stay on one line
  };

  void read_spaces();
  void read_brackets();
  void add_up();
  [[nodiscard]] bool is_spaced(std::size_t before, std::size_t at) const;

  const std::vector<syntax::Lexeme>& lexemes_;
  std::vector<Facts> facts_;  // one more than tokens
};

}  // namespace lrc::format
