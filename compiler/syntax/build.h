#pragma once
// ANTLR's contexts → our tree and our tokens. Included by the files of this folder only.

#include <string_view>
#include <vector>

// clang-format off: ANTLR takes the name EOF away from whoever comes behind it
#include "compiler/syntax/ast.h"
#include "compiler/syntax/lexemes.h"
#include "LrcParser.h"
#include "antlr4-runtime.h"
// clang-format on

namespace lrc::syntax {

// Where ANTLR's tokens stand in the source: it counts code points, places count bytes.
class Places {
 public:
  explicit Places(const source::Source& source);
  // Of tokens of a part that was read as if it were all there is.
  Places(const source::Source& source, source::Span part);

  [[nodiscard]] source::Span span(const antlr4::Token* token) const;
  [[nodiscard]] source::Span span(antlr4::ParserRuleContext* context) const;
  [[nodiscard]] source::Span span(antlr4::tree::TerminalNode* node) const {
    return span(node->getSymbol());
  }

 private:
  [[nodiscard]] std::uint32_t bytes(std::size_t code_point) const;

  const source::Source& source_;
  std::uint32_t begin_, end_;
  std::vector<std::uint32_t> offsets_;  // of every code point; empty: all ASCII
};

[[nodiscard]] ast::File build_file(const Places& places, LrcParser::SourceContext* context);
[[nodiscard]] ast::Value build_value(const Places& places, LrcParser::ValueContext* context);
[[nodiscard]] ast::Rate build_rate(const Places& places, LrcParser::RateContext* context);
// With the comments between them.
[[nodiscard]] std::vector<Lexeme> build_lexemes(const source::Source& source, const Places& places,
                                                LrcParser::SourceContext* context);

}  // namespace lrc::syntax
