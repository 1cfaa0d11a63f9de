#pragma once
// Text → its words, numbers, signs and comments, with what the grammar knows of them and a reader
// of words does not. For whoever lays a text out: no construct of the language has a name here.

#include <cstdint>
#include <vector>

#include "compiler/syntax/parse.h"

namespace lrc::syntax {

struct Lexeme {
  enum class Kind : std::uint8_t { word, number, text, sign, comment };
  Kind kind;
  source::Span span;  // of a comment: from its `#` to the end of its line
  // A statement of the source or of a `{ }`, or an argument of a `( )`, begins here.
  bool begins_item = false;
  // It is the first of what the grammar takes for one thing. So a `-` that leads is a sign, and a
  // `(` that leads is no call's.
  bool leads = false;
};

// All of a source that parses, in order: between two lexemes is white space only.
[[nodiscard]] Parsed<std::vector<Lexeme>> parse_lexemes(const source::Source& source);

}  // namespace lrc::syntax
