#include "compiler/syntax/parse.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <functional>

#include <fmt/format.h>

#include "LrcLexer.h"
#include "LrcParser.h"
#include "antlr4-runtime.h"
#include "compiler/exact/units.h"
#include "compiler/syntax/bytes.h"
#include "compiler/syntax/number.h"
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

// ANTLR counts code points, places count bytes.
class ByteOffsets {
 public:
  explicit ByteOffsets(std::string_view text) {
    if (std::all_of(text.begin(), text.end(),
                    [](char c) { return static_cast<unsigned char>(c) < 0x80; }))
      return;
    // ANTLR does not count the mark.
    for (std::size_t at = source::byte_order_mark(text); at < text.size();
         at += std::max<std::size_t>(1, source::utf8_sequence(text.substr(at)))) {
      offsets_.push_back(static_cast<std::uint32_t>(at));
    }
    offsets_.push_back(static_cast<std::uint32_t>(text.size()));
  }
  std::uint32_t operator()(std::size_t code_point) const {
    return offsets_.empty() ? static_cast<std::uint32_t>(code_point)
                            : offsets_[std::min(code_point, offsets_.size() - 1)];
  }

 private:
  std::vector<std::uint32_t> offsets_;  // empty: all ASCII
};

// Turns ANTLR's contexts into our tree. A number whose letters mean nothing is the only mistake
// that can be found here.
class Builder {
 public:
  Builder(const Source& source, const ByteOffsets& offsets) : source_(source), offsets_(offsets) {}

  Span span(const Token* token) const {
    if (token->getType() == Token::EOF) {
      const auto end = static_cast<std::uint32_t>(source_.text.size());
      return {&source_, end, end};
    }
    return {&source_, offsets_(token->getStartIndex()), offsets_(token->getStopIndex() + 1)};
  }
  Span span(antlr4::ParserRuleContext* context) const {
    const Token* stop = context->getStop() != nullptr ? context->getStop() : context->getStart();
    return join(span(context->getStart()), span(stop));
  }
  Span span(antlr4::tree::TerminalNode* node) const { return span(node->getSymbol()); }

  template <class Node>
  ast::Word word(Node* node) const {
    return {node->getText(), span(node)};
  }

  // The text between the quotes of a STRING.
  ast::Word string(antlr4::tree::TerminalNode* node) const {
    const std::string text = node->getText();
    return {text.substr(1, text.size() - 2), span(node)};
  }

  exact::Rational number(std::string_view text) const {
    return parse_number(text).value_or(exact::Rational(0));
  }

  ast::Value value(LrcParser::QuantityContext* context) const {
    ast::Value value{ast::Value::Kind::plain, {}, "", span(context)};
    std::string text;
    if (auto* share = context->SHARE()) {
      value.kind = ast::Value::Kind::share;
      text = share->getText();
      text.pop_back();
    } else if (auto* level = context->LEVEL()) {
      value.kind = ast::Value::Kind::level;
      text = level->getText();
      text.pop_back();
    } else {
      text = context->NUMBER()->getText();
      const std::string behind = context->children.back()->getText();
      if (auto* unit = context->unit()) {
        value.kind = ast::Value::Kind::unit;
        value.word = unit->getText();
      } else if (behind == "%") {
        value.kind = ast::Value::Kind::share;
      } else if (behind == "x") {
        value.kind = ast::Value::Kind::level;
      }
    }
    value.number = number(text);
    if (context->getStart()->getText() == "-") value.number = -value.number;
    return value;
  }

  ast::Value value(LrcParser::ValueContext* context) const {
    if (auto* quantity = context->quantity()) return value(quantity);
    return {ast::Value::Kind::name, {}, context->getText(), span(context)};
  }

  ast::Value one(LrcParser::UnitContext* unit) const {
    return {ast::Value::Kind::unit, exact::Rational(1), unit->getText(), span(unit)};
  }

  ast::Value plain(antlr4::tree::TerminalNode* node) const {
    return {ast::Value::Kind::plain, number(node->getText()), "", span(node)};
  }

  ast::Clause clause(LrcParser::ClauseContext* context) const {
    static const std::array<std::pair<std::string_view, ast::ClauseKind>, 15> kinds = {{
        {"to", ast::ClauseKind::to},
        {"from", ast::ClauseKind::from},
        {"for", ast::ClauseKind::for_},
        {"until", ast::ClauseKind::until},
        {"over", ast::ClauseKind::over},
        {"last", ast::ClauseKind::last},
        {"every", ast::ClauseKind::every},
        {"per", ast::ClauseKind::per},
        {"at", ast::ClauseKind::at},
        {"by", ast::ClauseKind::by},
        {"growing", ast::ClauseKind::growing},
        {"power", ast::ClauseKind::power},
        {"timescale", ast::ClauseKind::timescale},
        {"between", ast::ClauseKind::between},
        {"reversed", ast::ClauseKind::reversed},
    }};
    ast::Clause clause{ast::ClauseKind::value, {}, span(context)};
    for (const auto& [word, kind] : kinds) {
      const bool is_value = context->children.size() == 1;
      if (!is_value && context->getStart()->getText() == word) clause.kind = kind;
    }
    for (auto* child : context->value()) clause.values.push_back(value(child));
    if (auto* unit = context->unit()) clause.values.push_back(one(unit));
    if (auto* shape = context->WORD()) {
      clause.values.push_back({ast::Value::Kind::name, {}, shape->getText(), span(shape)});
    }
    return clause;
  }

  ast::Part part(LrcParser::PartContext* context) const {
    if (auto* quantity = context->quantity()) return value(quantity);
    if (auto* call = context->call()) {
      ast::Call built{word(call->WORD()), {}, span(call)};
      for (auto* argument : call->argument()) {
        ast::Argument item;
        if (argument->name() != nullptr) item.name = word(argument->name());
        item.value = std::make_shared<const ast::Schedule>(schedule(argument->schedule()));
        built.arguments.push_back(std::move(item));
      }
      return built;
    }
    auto* phase = context->phase();
    const Token* head = phase->getStart();
    ast::Phase built{{head->getText(), span(head)}, {}, nullptr, span(phase)};
    for (auto* item : phase->clause()) built.clauses.push_back(clause(item));
    if (phase->schedule() != nullptr) {
      built.body = std::make_shared<const ast::Schedule>(schedule(phase->schedule()));
    }
    return built;
  }

  ast::Schedule schedule(LrcParser::ScheduleContext* context) const {
    ast::Schedule built{{}, span(context)};
    for (auto* item : context->part()) built.parts.push_back(part(item));
    return built;
  }

  ast::Rate rate(LrcParser::RateContext* context) const {
    ast::Value of = one(context->unit());
    of.number = number(context->NUMBER()->getText());
    of.span = join(span(context->NUMBER()), of.span);
    return {of, value(context->value()), span(context)};
  }

  ast::Clamp clamp(LrcParser::ClampContext* context) const {
    return {word(context->name()), value(context->value(0)), value(context->value(1)),
            span(context)};
  }

  ast::Group group(LrcParser::GroupContext* context) const {
    ast::Group built{word(context->name()), {}, {}, {}, {}, span(context)};
    for (auto* pattern : context->STRING()) built.patterns.push_back(string(pattern));
    for (auto* item : context->groupItem()) {
      if (auto* output = dynamic_cast<LrcParser::GroupOutputContext*>(item)) {
        built.outputs.push_back({word(output->name()), schedule(output->schedule())});
      } else if (auto* factor = dynamic_cast<LrcParser::GroupFactorContext*>(item)) {
        built.factors.push_back({word(factor->name()), value(factor->value()), span(factor)});
      } else if (auto* limits = dynamic_cast<LrcParser::GroupClampContext*>(item)) {
        built.clamps.push_back(clamp(limits->clamp()));
      }
    }
    return built;
  }

  ast::Parameter parameter(LrcParser::ParameterContext* context) const {
    ast::Parameter built{word(context->name()), word(context->type()), std::nullopt, std::nullopt,
                         span(context)};
    if (context->given != nullptr) built.value = value(context->given);
    if (context->low != nullptr) built.range.emplace(value(context->low), value(context->high));
    return built;
  }

  void item(LrcParser::ItemContext* context, ast::Policy& policy) const {
    if (auto* owner = dynamic_cast<LrcParser::OwnerContext*>(context)) {
      policy.owners.push_back(string(owner->STRING()));
    } else if (auto* run = dynamic_cast<LrcParser::RunContext*>(context)) {
      policy.runs.push_back({value(run->value()), span(run)});
    } else if (auto* batch = dynamic_cast<LrcParser::BatchContext*>(context)) {
      policy.batches.push_back({value(batch->value()), word(batch->unit()), span(batch)});
    } else if (auto* peak = dynamic_cast<LrcParser::PeakContext*>(context)) {
      ast::Peak built{std::nullopt, value(peak->value()), span(peak)};
      if (peak->name() != nullptr) built.output = word(peak->name());
      policy.peaks.push_back(std::move(built));
    } else if (auto* parameter_item = dynamic_cast<LrcParser::ParameterContext*>(context)) {
      policy.parameters.push_back(parameter(parameter_item));
    } else if (auto* group_item = dynamic_cast<LrcParser::GroupContext*>(context)) {
      policy.groups.push_back(group(group_item));
    } else if (auto* limits = dynamic_cast<LrcParser::PolicyClampContext*>(context)) {
      policy.clamps.push_back(clamp(limits->clamp()));
    } else if (auto* conversion = dynamic_cast<LrcParser::ConversionContext*>(context)) {
      policy.rates.push_back(rate(conversion->rate()));
    } else if (auto* output = dynamic_cast<LrcParser::OutputContext*>(context)) {
      policy.outputs.push_back({word(output->name()), schedule(output->schedule())});
    }
  }

  ast::Policy policy(LrcParser::PolicyContext* context) const {
    ast::Policy built;
    built.name = word(context->name());
    built.version = plain(context->NUMBER());
    built.span = span(context);
    for (auto* entry : context->item()) item(entry, built);
    return built;
  }

  ast::Formula formula(LrcParser::FormulaContext* context) const {
    using Kind = ast::Formula::Kind;
    ast::Formula built{Kind::call, {}, "", {}, span(context)};
    if (auto* literal = dynamic_cast<LrcParser::LiteralContext*>(context)) {
      built.kind = Kind::number;
      built.number = number(literal->NUMBER()->getText());
    } else if (auto* variable = dynamic_cast<LrcParser::VariableContext*>(context)) {
      built.kind = Kind::variable;
      built.name = variable->getText();
    } else if (auto* grouped = dynamic_cast<LrcParser::GroupedContext*>(context)) {
      return formula(grouped->formula());
    } else if (auto* application = dynamic_cast<LrcParser::ApplicationContext*>(context)) {
      built.name = application->WORD()->getText();
      for (auto* argument : application->formula()) built.arguments.push_back(formula(argument));
    } else {
      // An operator: every other child is an operand.
      for (auto* child : context->children) {
        if (auto* operand = dynamic_cast<LrcParser::FormulaContext*>(child)) {
          built.arguments.push_back(formula(operand));
        } else {
          built.name = child->getText();
        }
      }
    }
    return built;
  }

  ast::File file(LrcParser::SourceContext* context) const {
    ast::File built;
    for (auto* entry : context->policy()) built.policies.push_back(policy(entry));
    for (auto* definition : context->definition()) {
      ast::Curve curve{
          word(definition->name(0)), {}, formula(definition->formula()), span(definition)};
      for (std::size_t i = 1; i < definition->name().size(); ++i)
        curve.parameters.push_back(word(definition->name(i)));
      built.curves.push_back(std::move(curve));
    }
    if (auto* sentence = context->schedule()) built.sentence = schedule(sentence);
    return built;
  }

 private:
  const Source& source_;
  const ByteOffsets& offsets_;
};

// The token at which the parser is stuck, and all before it, without ANTLR.
StuckToken plain_token(const Builder& builder, Token* token) {
  using Kind = StuckToken::Kind;
  const Kind kind = token->getType() == LrcParser::BAD_NUMBER ? Kind::bad_number
                    : token->getType() == LrcParser::UNKNOWN  ? Kind::unknown
                    : token->getType() == Token::EOF          ? Kind::end
                                                              : Kind::word;
  return {kind, token->getText(), builder.span(token)};
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

bool is_of_value(Token& token) {
  switch (token.getType()) {
    case LrcParser::NUMBER:
    case LrcParser::SHARE:
    case LrcParser::LEVEL:
    case LrcParser::WORD: return true;
    default: break;
  }
  const std::string text = token.getText();
  return text == "%" || text == "x" || text == "-" || exact::unit_named(text).has_value();
}

// Gives the commas of `at 30, 60, 80 epochs` their own type. Outside a call every comma is one.
void mark_positions(antlr4::CommonTokenStream& tokens) {
  tokens.fill();
  bool in_positions = false;
  std::size_t calls = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    Token& token = *tokens.get(i);
    const std::size_t type = token.getType();
    if (type == LrcParser::OPEN) ++calls;
    if (type == LrcParser::CLOSE && calls > 0) --calls;
    if (type == LrcParser::COMMA) {
      const bool goes_on = tokens.get(i + 1)->getText() == "then";
      in_positions = in_positions && !goes_on && (calls == 0 || position_follows(tokens, i));
      if (in_positions)
        dynamic_cast<antlr4::WritableToken&>(token).setType(LrcParser::NEXT_POSITION);
    } else {
      in_positions = type == LrcParser::AT || (in_positions && is_of_value(token));
    }
  }
}

Issue explain(const Builder& builder, antlr4::CommonTokenStream& tokens, const Stuck& stuck) {
  std::vector<StuckToken> before;
  for (std::size_t i = 0; i < stuck.token->getTokenIndex(); ++i) {
    before.push_back(plain_token(builder, tokens.get(i)));
  }
  return explain_stuck(before, plain_token(builder, stuck.token));
}

template <class Tree, class Rule, class Build>
Parsed<Tree> run(const Source& source, Rule rule, Build build) {
  Parsed<Tree> parsed;
  parsed.issues = check_bytes(source);
  if (!parsed.issues.empty()) return parsed;
  antlr4::ANTLRInputStream input(source.text);
  LrcLexer lexer(&input);
  lexer.removeErrorListeners();
  antlr4::CommonTokenStream tokens(&lexer);
  mark_positions(tokens);
  LrcParser parser(&tokens);
  parser.removeErrorListeners();
  parser.setErrorHandler(std::make_shared<StopAtFirst>());
  const ByteOffsets offsets(source.text);
  const Builder builder(source, offsets);
  // SLL decides nearly everything, and faster; what it gets stuck on is decided by full LL.
  using antlr4::atn::PredictionMode;
  for (const PredictionMode mode : {PredictionMode::SLL, PredictionMode::LL}) {
    parser.getInterpreter<antlr4::atn::ParserATNSimulator>()->setPredictionMode(mode);
    try {
      parsed.tree = std::invoke(build, builder, std::invoke(rule, parser));
      return parsed;
    } catch (const Stuck& stuck) {
      if (mode == PredictionMode::LL) {
        parsed.issues.push_back(explain(builder, tokens, stuck));
        return parsed;
      }
      parser.reset();
    }
  }
  return parsed;
}

}  // namespace

Parsed<ast::File> parse(const Source& source) {
  return run<ast::File>(source, &LrcParser::source, &Builder::file);
}

Parsed<ast::Value> parse_value(const Source& source) {
  return run<ast::Value>(source, &LrcParser::loneValue,
                         [](const Builder& builder, LrcParser::LoneValueContext* context) {
                           return builder.value(context->value());
                         });
}

Parsed<ast::Rate> parse_rate(const Source& source) {
  return run<ast::Rate>(source, &LrcParser::loneRate,
                        [](const Builder& builder, LrcParser::LoneRateContext* context) {
                          return builder.rate(context->rate());
                        });
}

}  // namespace lrc::syntax
