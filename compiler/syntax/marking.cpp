#include "compiler/syntax/marking.h"

#include <set>

#include "compiler/exact/units.h"

// Last: ANTLR undefines EOF, which Boost uses.
#include "LrcParser.h"

namespace lrc::syntax {
namespace {

using Token = antlr4::Token;

// Asked of every token: the length says no to nearly all, without their text.
bool is(Token& token, std::string_view word) {
  return token.getStopIndex() - token.getStartIndex() + 1 == word.size() && token.getText() == word;
}

// Whether the comma at `index` is followed by a position: behind a number without a unit it always
// is, else where a duration follows. A level or a word behind it is the next argument.
bool position_follows(antlr4::CommonTokenStream& tokens, std::size_t index) {
  if (index > 0 && tokens.get(index - 1)->getType() == LrcParser::NUMBER) return true;
  const Token* next = tokens.get(index + 1);
  if (next->getType() == LrcParser::SHARE) return true;
  if (next->getType() != LrcParser::NUMBER) return false;
  const std::string behind = tokens.get(index + 2)->getText();
  return behind == "%" || exact::unit_named(behind).has_value();
}

// `to` and all behind it are of `rounded to even` and `rounded up of the float product`.
bool is_of_value(antlr4::CommonTokenStream& tokens, std::size_t index) {
  const Token& token = *tokens.get(index);
  switch (token.getType()) {
    case LrcParser::NUMBER:
    case LrcParser::SHARE:
    case LrcParser::LEVEL:
    case LrcParser::WORD: return true;
    default: break;
  }
  static const std::set<std::string> signs = {"%",    "x", "-",    "+",   "*",       "/",
                                              "(",    ")", "of",   "run", "rounded", "up",
                                              "down", "^", "even", "the", "float",   "product"};
  const std::string text = token.getText();
  if (text == "to") return index > 0 && tokens.get(index - 1)->getText() == "rounded";
  return signs.contains(text) || exact::unit_named(text).has_value();
}

// What begins something else behind a comma, where positions would go on.
bool ends_positions(const std::string& word) {
  static const std::set<std::string> words = {"then",  "sample",  "past",   "held",
                                              "like",  "growing", "extend", "rewarm",
                                              "blend", "not",     "at"};
  return words.contains(word);
}

// `sample start` is no unit with a name behind it.
void mark_readings(antlr4::CommonTokenStream& tokens) {
  static const std::set<std::string> points = {"start", "middle", "end"};
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
    if (is(*tokens.get(i), "sample") && points.contains(tokens.get(i + 1)->getText()))
      dynamic_cast<antlr4::WritableToken&>(*tokens.get(i)).setType(LrcParser::READING);
  }
}

// Gives the commas of `at 30, 60, 80 epochs` their own type. Outside a call every comma is one.
void mark_positions(antlr4::CommonTokenStream& tokens) {
  bool in_positions = false;
  std::size_t calls = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    Token& token = *tokens.get(i);
    const std::size_t type = token.getType();
    if (type == LrcParser::OPEN) ++calls;
    if (type == LrcParser::CLOSE && calls > 0) --calls;
    if (type == LrcParser::COMMA) {
      in_positions = in_positions && !ends_positions(tokens.get(i + 1)->getText()) &&
                     (calls == 0 || position_follows(tokens, i));
      if (in_positions)
        dynamic_cast<antlr4::WritableToken&>(token).setType(LrcParser::NEXT_POSITION);
    } else {
      in_positions = type == LrcParser::AT || (in_positions && is_of_value(tokens, i));
    }
  }
}

}  // namespace

void mark(antlr4::CommonTokenStream& tokens) {
  tokens.fill();
  mark_positions(tokens);
  mark_readings(tokens);
}

}  // namespace lrc::syntax
