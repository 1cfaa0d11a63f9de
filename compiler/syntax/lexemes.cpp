#include "compiler/syntax/lexemes.h"

#include <algorithm>
#include <cctype>

#include "compiler/syntax/build.h"

namespace lrc::syntax {
namespace {

// The lexemes of a tree, in order. What the shape of the tree says of them is found without the
// name of any rule: a rule in brackets is an item.
class LexemeList {
 public:
  explicit LexemeList(const Places& places) : places_(places) {}

  std::vector<Lexeme> of_source(LrcParser::SourceContext* context) {
    add(context, true);
    return std::move(lexemes_);
  }

 private:
  void add(antlr4::ParserRuleContext* context, bool holds_items) {
    const std::size_t begin = lexemes_.size();
    for (antlr4::tree::ParseTree* child : context->children) {
      const std::size_t first = lexemes_.size();
      if (auto* node = dynamic_cast<antlr4::tree::TerminalNode*>(child)) {
        const std::string text = node->getText();
        if (text == "{" || text == "(") holds_items = true;
        if (text == "}" || text == ")") holds_items = false;
        add(node->getSymbol(), first == begin);
      } else if (auto* rule = dynamic_cast<antlr4::ParserRuleContext*>(child)) {
        add(rule, false);
        if (holds_items && lexemes_.size() > first) lexemes_[first].begins_item = true;
      }
    }
  }

  void add(const antlr4::Token* token, bool leads) {
    if (token->getType() == antlr4::Token::EOF) return;
    Lexeme built{Lexeme::Kind::sign, places_.span(token), false, leads};
    const char first = built.span.text().front();
    if (is_number(token->getType())) built.kind = Lexeme::Kind::number;
    if (token->getType() == LrcParser::STRING) built.kind = Lexeme::Kind::text;
    if (std::isalpha(static_cast<unsigned char>(first)) != 0 || first == '_')
      built.kind = Lexeme::Kind::word;
    lexemes_.push_back(built);
  }

  static bool is_number(std::size_t type) {
    return type == LrcParser::NUMBER || type == LrcParser::SHARE || type == LrcParser::LEVEL;
  }

  const Places& places_;
  std::vector<Lexeme> lexemes_;
};

// The lexer skips comments: what lies between two lexemes is white space and these.
void add_comments(const source::Source& source, std::size_t begin, std::size_t end,
                  std::vector<Lexeme>& lexemes) {
  const std::string_view text = std::string_view(source.text).substr(0, end);
  for (std::size_t at = text.find('#', begin); at < end; at = text.find('#', at)) {
    const std::size_t stop = std::min(text.find_first_of("\r\n", at), end);
    lexemes.push_back(
        {Lexeme::Kind::comment,
         {&source, static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(stop)}});
    at = stop;
  }
}

}  // namespace

std::vector<Lexeme> build_lexemes(const source::Source& source, const Places& places,
                                  LrcParser::SourceContext* context) {
  std::vector<Lexeme> all;
  std::size_t end = source::byte_order_mark(source.text);
  for (const Lexeme& lexeme : LexemeList(places).of_source(context)) {
    add_comments(source, end, lexeme.span.begin, all);
    all.push_back(lexeme);
    end = lexeme.span.end;
  }
  add_comments(source, end, source.text.size(), all);
  return all;
}

}  // namespace lrc::syntax
