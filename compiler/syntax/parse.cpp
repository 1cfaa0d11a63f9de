#include "compiler/syntax/parse.h"

#include <functional>

#include "LrcLexer.h"
#include "compiler/syntax/build.h"
#include "compiler/syntax/bytes.h"
#include "compiler/syntax/marking.h"
#include "compiler/syntax/stuck.h"

namespace lrc::syntax {
namespace {

using diagnostics::Issue;
using source::Source;
using source::Span;
using Token = antlr4::Token;

// The first token that fits nowhere.
struct Stuck {
  Token* token;
};

// Stops at the first mistake: what a parser guesses behind it would only echo it.
class StopAtFirst : public antlr4::DefaultErrorStrategy {
 public:
  void recover(antlr4::Parser*, std::exception_ptr error) override {
    try {
      std::rethrow_exception(error);
    } catch (const antlr4::RecognitionException& recognition) {
      throw Stuck{recognition.getOffendingToken()};
    }
  }
  Token* recoverInline(antlr4::Parser* parser) override { throw Stuck{parser->getCurrentToken()}; }
  void sync(antlr4::Parser*) override {}
  void reportError(antlr4::Parser*, const antlr4::RecognitionException&) override {}
};

// The token at which the parser is stuck, and all before it, without ANTLR.
StuckToken plain_token(const Places& places, Token* token) {
  using Kind = StuckToken::Kind;
  const Kind kind = token->getType() == LrcParser::BAD_NUMBER ? Kind::bad_number
                    : token->getType() == LrcParser::UNKNOWN  ? Kind::unknown
                    : token->getType() == Token::EOF          ? Kind::end
                                                              : Kind::word;
  return {kind, token->getText(), places.span(token)};
}

Issue explain(const Places& places, antlr4::CommonTokenStream& tokens, const Stuck& stuck,
              const Probe& probe) {
  std::vector<StuckToken> before;
  for (std::size_t i = 0; i < stuck.token->getTokenIndex(); ++i) {
    before.push_back(plain_token(places, tokens.get(i)));
  }
  return explain_stuck(before, plain_token(places, stuck.token), probe);
}

// ANTLR's parts for one text, which refer to one another.
class Parsing {
 public:
  explicit Parsing(const std::string& text)
      : input_(text), lexer_(&input_), tokens_(&lexer_), parser_(&tokens_) {
    lexer_.removeErrorListeners();
    mark(tokens_);
    parser_.removeErrorListeners();
    parser_.setErrorHandler(std::make_shared<StopAtFirst>());
  }

  // Calls `use` with what the rule made of the text, or returns where it is stuck.
  template <class Rule, class Use>
  std::optional<Stuck> parse(Rule rule, Use use) {
    // SLL decides nearly everything, and faster; what it gets stuck on is decided by full LL.
    using antlr4::atn::PredictionMode;
    for (const PredictionMode mode : {PredictionMode::SLL, PredictionMode::LL}) {
      parser_.reset();
      parser_.getInterpreter<antlr4::atn::ParserATNSimulator>()->setPredictionMode(mode);
      try {
        use(std::invoke(rule, parser_));
        return std::nullopt;
      } catch (const Stuck& stuck) {
        if (mode == PredictionMode::LL) return stuck;
      }
    }
    return std::nullopt;
  }
  antlr4::CommonTokenStream& tokens() { return tokens_; }

 private:
  antlr4::ANTLRInputStream input_;
  LrcLexer lexer_;
  antlr4::CommonTokenStream tokens_;
  LrcParser parser_;
};

template <class Rule>
std::optional<std::uint32_t> stuck_at(const std::string& text, Rule rule) {
  const auto source = source::make_source("<probe>", text);
  Parsing parsing(text);
  const auto stuck = parsing.parse(rule, [](auto*) {});
  return stuck ? std::optional(Places(*source).span(stuck->token).begin) : std::nullopt;
}

template <class Tree, class Rule, class Build>
Parsed<Tree> run(const Source& source, Span part, Rule rule, Build build) {
  Parsed<Tree> parsed;
  parsed.issues = check_bytes(source);
  if (!parsed.issues.empty()) return parsed;
  Parsing parsing(std::string(part.text()));
  const Places places(source, part);
  const auto stuck = parsing.parse(
      rule, [&](auto* context) { parsed.tree = std::invoke(build, places, context); });
  if (stuck) {
    const Probe probe = [&](const std::string& text) { return stuck_at(text, rule); };
    parsed.issues.push_back(explain(places, parsing.tokens(), *stuck, probe));
  }
  return parsed;
}

template <class Tree, class Rule, class Build>
Parsed<Tree> run(const Source& source, Rule rule, Build build) {
  const Span all{&source, 0, static_cast<std::uint32_t>(source.text.size())};
  return run<Tree>(source, all, rule, build);
}

}  // namespace

Parsed<ast::File> parse(const Source& source) {
  return run<ast::File>(source, &LrcParser::source, &build_file);
}

Parsed<ast::File> parse_part(const Source& source, Span part) {
  return run<ast::File>(source, part, &LrcParser::source, &build_file);
}

Parsed<ast::Value> parse_value(const Source& source) {
  return run<ast::Value>(source, &LrcParser::loneValue,
                         [](const Places& places, LrcParser::LoneValueContext* context) {
                           return build_value(places, context->value());
                         });
}

Parsed<ast::Rate> parse_rate(const Source& source) {
  return run<ast::Rate>(source, &LrcParser::loneRate,
                        [](const Places& places, LrcParser::LoneRateContext* context) {
                          return build_rate(places, context->rate());
                        });
}

Parsed<std::vector<Lexeme>> parse_lexemes(const Source& source) {
  return run<std::vector<Lexeme>>(
      source, &LrcParser::source,
      [&source](const Places& places, LrcParser::SourceContext* context) {
        return build_lexemes(source, places, context);
      });
}

}  // namespace lrc::syntax
