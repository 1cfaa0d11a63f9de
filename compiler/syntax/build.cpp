#include "compiler/syntax/build.h"

#include <algorithm>
#include <map>
#include <string>
#include <typeinfo>

#include "compiler/syntax/number.h"

namespace lrc::syntax {

using antlr4::Token;
using source::Span;

Places::Places(const source::Source& source)
    : Places(source, {&source, 0, static_cast<std::uint32_t>(source.text.size())}) {}

Places::Places(const source::Source& source, Span part)
    : source_(source), begin_(part.begin), end_(part.end) {
  const std::string_view text = part.text();
  if (std::all_of(text.begin(), text.end(),
                  [](char c) { return static_cast<unsigned char>(c) < 0x80; }))
    return;
  // ANTLR does not count the mark.
  for (std::size_t at = source::byte_order_mark(text); at < text.size();
       at += std::max<std::size_t>(1, source::utf8_sequence(text.substr(at)))) {
    offsets_.push_back(begin_ + static_cast<std::uint32_t>(at));
  }
  offsets_.push_back(end_);
}

std::uint32_t Places::bytes(std::size_t code_point) const {
  return offsets_.empty() ? begin_ + static_cast<std::uint32_t>(code_point)
                          : offsets_[std::min(code_point, offsets_.size() - 1)];
}

Span Places::span(const Token* token) const {
  if (token->getType() == Token::EOF) {
    return {&source_, end_, end_};
  }
  return {&source_, bytes(token->getStartIndex()), bytes(token->getStopIndex() + 1)};
}

Span Places::span(antlr4::ParserRuleContext* context) const {
  const Token* stop = context->getStop() != nullptr ? context->getStop() : context->getStart();
  return join(span(context->getStart()), span(stop));
}

namespace {

// The context as one of the kind `Kind`, or null. Of a rule with labels every kind is a leaf, so
// that comparing the types is enough; a text of a megabyte asks a million times.
template <class Kind>
Kind* as(antlr4::tree::ParseTree* context) {
  return typeid(*context) == typeid(Kind) ? static_cast<Kind*>(context) : nullptr;
}

// A number whose letters mean nothing is the only mistake that can be found here.
class Builder {
 public:
  explicit Builder(const Places& places) : places_(places) {}

  // What stands in the source there: of one token, its text.
  template <class Node>
  std::string text(Node* node) const {
    return std::string(span(node).text());
  }

  template <class Node>
  ast::Word word(Node* node) const {
    return {text(node), span(node)};
  }

  // The text between the quotes of a STRING.
  ast::Word string(antlr4::tree::TerminalNode* node) const {
    const std::string quoted = text(node);
    return {quoted.substr(1, quoted.size() - 2), span(node)};
  }

  exact::Rational number(std::string_view text) const {
    return parse_number(text).value_or(exact::Rational(0));
  }

  ast::Value value(LrcParser::QuantityContext* context) const {
    ast::Value value{.kind = ast::Value::Kind::plain, .span = span(context)};
    std::string digits;
    if (auto* share = context->SHARE()) {
      value.kind = ast::Value::Kind::share;
      digits = text(share);
      digits.pop_back();
    } else if (auto* level = context->LEVEL()) {
      value.kind = ast::Value::Kind::level;
      digits = text(level);
      digits.pop_back();
    } else {
      digits = text(context->NUMBER());
      const std::string behind = text(context->getStop());
      if (context->unit() != nullptr) {
        value.kind = ast::Value::Kind::unit;
        value.word = behind;
      } else if (behind == "%") {
        value.kind = ast::Value::Kind::share;
      } else if (behind == "x") {
        value.kind = ast::Value::Kind::level;
      }
    }
    value.number = number(digits);
    return value;
  }

  template <class Node>
  ast::Value named(Node* node) const {
    return {.kind = ast::Value::Kind::name, .word = text(node), .span = span(node)};
  }

  ast::Value one(LrcParser::UnitContext* unit) const {
    return {.kind = ast::Value::Kind::unit,
            .number = exact::Rational(1),
            .word = text(unit),
            .span = span(unit)};
  }

  ast::Value plain(antlr4::tree::TerminalNode* node) const {
    return {.kind = ast::Value::Kind::plain, .number = number(text(node)), .span = span(node)};
  }

  // An operator between two operands, or a sign before one, which a literal takes into itself.
  ast::Value operation(LrcParser::ValueContext* context,
                       const std::vector<LrcParser::ValueContext*>& operands) const {
    ast::Value built{.kind = ast::Value::Kind::operation, .span = span(context)};
    for (auto* operand : operands) built.operands.push_back(value(operand));
    built.word = context->children[operands.size() - 1]->getText();
    ast::Value& only = built.operands[0];
    const bool literal = only.kind <= ast::Value::Kind::unit && only.number > 0;
    if (operands.size() > 1 || !literal) return built;
    only.number = -only.number;
    only.span = built.span;
    return only;
  }

  ast::Value rounded(LrcParser::RoundedContext* context) const {
    ast::Value built{.kind = ast::Value::Kind::rounded, .span = span(context)};
    built.operands.push_back(value(context->value()));
    built.rounding = exact::Rounding::nearest;
    for (auto* child : context->children) {
      const std::string word = child->getText();
      if (word == "up") built.rounding = exact::Rounding::up;
      if (word == "down") built.rounding = exact::Rounding::down;
      if (word == "even") built.rounding = exact::Rounding::even;
      if (word == "float") built.of_float_product = true;
    }
    return built;
  }

  ast::Argument argument(LrcParser::ArgumentContext* context) const {
    ast::Argument built;
    if (context->name() != nullptr) built.name = word(context->name());
    built.schedule = std::make_shared<const ast::Schedule>(schedule(context->schedule()));
    return built;
  }

  ast::Value application(LrcParser::ApplicationContext* context) const {
    ast::Value built{
        .kind = ast::Value::Kind::call, .word = text(context->variable()), .span = span(context)};
    for (auto* item : context->argument()) built.arguments.push_back(argument(item));
    return built;
  }

  // Parentheses around what is a value are only layout.
  ast::Value grouped(LrcParser::GroupedContext* context) const {
    ast::Schedule inner = schedule(context->schedule());
    const bool alone = inner.parts.size() == 1 && inner.conventions.empty();
    if (auto* value = alone ? std::get_if<ast::Value>(&inner.parts[0]) : nullptr) {
      value->span = span(context);
      return std::move(*value);
    }
    return {.kind = ast::Value::Kind::schedule,
            .span = span(context),
            .schedule = std::make_shared<const ast::Schedule>(std::move(inner))};
  }

  ast::Value value(LrcParser::ValueContext* context) const {
    using Kind = ast::Value::Kind;
    if (auto* literal = as<LrcParser::LiteralContext>(context)) return value(literal->quantity());
    if (auto* power = as<LrcParser::PowerContext>(context)) return operation(power, power->value());
    if (auto* product = as<LrcParser::ProductContext>(context))
      return operation(product, product->value());
    if (auto* sum = as<LrcParser::SumContext>(context)) return operation(sum, sum->value());
    if (auto* negation = as<LrcParser::NegationContext>(context))
      return operation(negation, {negation->value()});
    if (auto* rounding = as<LrcParser::RoundedContext>(context)) return rounded(rounding);
    if (auto* call = as<LrcParser::ApplicationContext>(context)) return application(call);
    if (auto* group = as<LrcParser::GroupedContext>(context)) return grouped(group);
    ast::Value built = named(context);
    if (auto* share = as<LrcParser::ShareContext>(context)) {
      built.kind = Kind::part_of;
      built.word = text(share->getStop());
      built.operands.push_back(value(share->value()));
    } else if (auto* place = as<LrcParser::PlaceContext>(context)) {
      built.kind = Kind::place;
      built.word = text(place->getStart());
      built.operands.push_back(one(place->unit()));
    } else if (auto* mirrored = as<LrcParser::MirroredContext>(context)) {
      built.kind = Kind::mirrored;
      built.word = text(mirrored->name());
      for (auto* level : mirrored->value()) built.operands.push_back(value(level));
    } else if (auto* branch = as<LrcParser::BranchContext>(context)) {
      built.kind = Kind::branch;
      built.word = text(branch->variable());
      built.number = number(text(branch->NUMBER()));
    }
    return built;
  }

  ast::ClauseKind kind_of(LrcParser::ClauseContext* context) const {
    using enum ast::ClauseKind;
    static const std::map<std::string_view, ast::ClauseKind> kinds = {{"to", to},
                                                                      {"from", from},
                                                                      {"for", for_},
                                                                      {"until", until},
                                                                      {"over", over},
                                                                      {"last", last},
                                                                      {"every", every},
                                                                      {"per", per},
                                                                      {"by", by},
                                                                      {"peak", peak},
                                                                      {"growing", growing},
                                                                      {"swing", swing},
                                                                      {"power", power},
                                                                      {"up", up},
                                                                      {"between", between},
                                                                      {"timescale", timescale},
                                                                      {"reversed", reversed}};
    if (context->children.size() == 1) return value;
    const std::string first = text(context->getStart());
    if (first == "at") return context->children[1]->getText() == "most" ? at_most : at;
    const auto known = kinds.find(first);
    return known == kinds.end() ? times : known->second;
  }

  ast::Clause clause(LrcParser::ClauseContext* context) const {
    ast::Clause clause{kind_of(context), {}, span(context)};
    if (auto* count = context->NUMBER()) clause.values.push_back(plain(count));
    for (auto* child : context->value()) clause.values.push_back(value(child));
    if (auto* unit = context->unit()) clause.values.push_back(one(unit));
    return clause;
  }

  // What a phase begins with: a word, a call, or a schedule in parentheses.
  void head(ast::Phase& phase, ast::Value value) const {
    if (value.kind == ast::Value::Kind::call) {
      phase.arguments = std::move(value.arguments);
    } else if (value.kind != ast::Value::Kind::name) {
      phase.formula = value.schedule;
      if (phase.formula == nullptr) {
        phase.formula = std::make_shared<const ast::Schedule>(
            ast::Schedule{{ast::Part(value)}, {}, value.span});
      }
    }
    phase.head = {value.word, value.span};
  }

  template <class Context>
  void clauses(ast::Phase& phase, Context* context) const {
    for (auto* item : context->clause()) phase.clauses.push_back(clause(item));
    phase.span = span(context);
  }

  ast::Part part(LrcParser::PartContext* context) const {
    ast::Phase built;
    if (auto* table = as<LrcParser::TableContext>(context)) {
      ast::Table entries{{}, span(table)};
      for (auto* entry : table->entry())
        entries.entries.emplace_back(value(entry->value(0)), value(entry->value(1)));
      return entries;
    }
    if (auto* word = as<LrcParser::WordPhaseContext>(context)) {
      built.head = {text(word->getStart()), span(word->getStart())};
      if (word->clause().empty())  // in `bend(power)` it is a name like others
        return ast::Value{
            .kind = ast::Value::Kind::name, .word = built.head.text, .span = built.head.span};
      clauses(built, word);
      return built;
    }
    if (auto* reversed = as<LrcParser::ReversedPhaseContext>(context)) {
      built.reversed = true;
      head(built, value(reversed->value()));
      clauses(built, reversed);
      return built;
    }
    auto* phase = as<LrcParser::ValuePhaseContext>(context);
    ast::Value first = value(phase->value());
    if (phase->clause().empty() && phase->schedule() == nullptr) return first;
    head(built, std::move(first));
    clauses(built, phase);
    if (phase->schedule() != nullptr)
      built.body = std::make_shared<const ast::Schedule>(schedule(phase->schedule()));
    return built;
  }

  ast::Convention convention(LrcParser::ConventionContext* context) const {
    using Kind = ast::Convention::Kind;
    ast::Convention built{Kind::sample, {}, {}, span(context)};
    const auto values = [&](const auto& items) {
      for (auto* item : items) built.values.push_back(value(item));
    };
    const auto word_at = [&](antlr4::tree::ParseTree* child) {
      return word(dynamic_cast<antlr4::tree::TerminalNode*>(child));
    };
    if (auto* sample = as<LrcParser::SampleContext>(context)) {
      built.word = word_at(sample->children[1]);
      if (sample->value() != nullptr) built.values.push_back(value(sample->value()));
    } else if (auto* past = as<LrcParser::PastContext>(context)) {
      built.kind = Kind::past;
      built.word = word_at(past->children.back());
    } else if (auto* held = as<LrcParser::HeldContext>(context)) {
      built.kind = Kind::held;
      built.values.push_back(held->unit() != nullptr ? one(held->unit()) : value(held->value()));
    } else if (auto* like = as<LrcParser::LikeContext>(context)) {
      built.kind = Kind::like;
      built.word = word(like->name());
      if (like->NUMBER() != nullptr) built.values.push_back(plain(like->NUMBER()));
    } else if (auto* extend = as<LrcParser::ExtendContext>(context)) {
      built.kind = Kind::extend;
      values(extend->value());
    } else if (auto* rewarm = as<LrcParser::RewarmContext>(context)) {
      built.kind = Kind::rewarm;
      values(rewarm->value());
    } else if (auto* blend = as<LrcParser::BlendContext>(context)) {
      built.kind = Kind::blend;
      values(blend->value());
    }
    return built;
  }

  ast::Schedule schedule(LrcParser::ScheduleContext* context) const {
    ast::Schedule built{{}, {}, span(context)};
    for (auto* item : context->chain()->part()) built.parts.push_back(part(item));
    for (auto* item : context->convention()) built.conventions.push_back(convention(item));
    return built;
  }

  std::vector<ast::Growth> growth(const std::vector<LrcParser::GrowthContext*>& items) const {
    std::vector<ast::Growth> built;
    for (auto* item : items) {
      built.push_back({value(item->value(0)), value(item->value(1)), std::nullopt, span(item)});
      if (item->value().size() > 2) built.back().steps_of = value(item->value(2));
    }
    return built;
  }

  ast::Rate rate(LrcParser::RateContext* context) const {
    ast::Value of = one(context->unit());
    of.number = number(text(context->NUMBER()));
    of.span = join(span(context->NUMBER()), of.span);
    return {of, value(context->value()), {}, span(context)};
  }

  ast::Clamp clamp(LrcParser::ClampContext* context) const {
    return {word(context->name()), value(context->value(0)), value(context->value(1)),
            span(context)};
  }

  ast::Frozen frozen(LrcParser::GroupFrozenContext* context) const {
    using Kind = ast::Frozen::Kind;
    if (context->value() == nullptr) return {Kind::always, std::nullopt, span(context)};
    const bool until = context->children[1]->getText() == "until";
    return {until ? Kind::until : Kind::for_, value(context->value()), span(context)};
  }

  ast::Group group(LrcParser::GroupContext* context) const {
    ast::Group built{word(context->name()), {}, std::nullopt, {}, {}, {}, {}, span(context)};
    for (auto* pattern : context->STRING()) built.patterns.push_back(string(pattern));
    if (context->NUMBER() != nullptr) built.of = plain(context->NUMBER());
    for (auto* item : context->groupItem()) {
      if (auto* output = as<LrcParser::GroupOutputContext>(item)) {
        built.outputs.push_back({word(output->name()), schedule(output->schedule())});
      } else if (auto* factor = as<LrcParser::GroupFactorContext>(item)) {
        built.factors.push_back({word(factor->name()), value(factor->value()), span(factor)});
      } else if (auto* limits = as<LrcParser::GroupClampContext>(item)) {
        built.clamps.push_back(clamp(limits->clamp()));
      } else if (auto* still = as<LrcParser::GroupFrozenContext>(item)) {
        built.frozen.push_back(frozen(still));
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

  ast::Let let(LrcParser::LetContext* context) const {
    return {word(context->name()), value(context->value()), span(context)};
  }

  ast::Claim claim(LrcParser::RequireContext* context) const {
    using Kind = ast::Claim::Kind;
    ast::Claim built;
    built.output = word(context->name());
    built.span = span(context);
    if (auto* bound = as<LrcParser::BoundContext>(context->claim())) {
      built.kind = bound->children[1]->getText() == "above" ? Kind::above : Kind::below;
      built.value = value(bound->value());
    } else if (auto* monotone = as<LrcParser::MonotoneContext>(context->claim())) {
      built.kind = text(monotone->getStart()) == "rises" ? Kind::rises : Kind::falls;
      for (std::size_t i = 1; i + 1 < monotone->children.size(); i += 2) {
        auto* place = dynamic_cast<LrcParser::ValueContext*>(monotone->children[i + 1]);
        (monotone->children[i]->getText() == "after" ? built.after : built.until) = value(place);
      }
    } else if (auto* reaches = as<LrcParser::ReachesContext>(context->claim())) {
      built.kind = Kind::reaches;
      built.value = value(reaches->value());
    } else if (auto* ends = as<LrcParser::EndsContext>(context->claim())) {
      built.kind = Kind::ends;
      built.value = value(ends->value());
    } else {
      built.kind = Kind::continuous;
    }
    return built;
  }

  ast::Trigger trigger(LrcParser::TriggerContext* context) const {
    using Kind = ast::Trigger::Kind;
    ast::Trigger built;
    built.span = span(context);
    if (auto* plateau = as<LrcParser::PlateauContext>(context)) {
      built.metrics = {word(plateau->name())};
      built.upwards = plateau->children[3]->getText() == "rising";
      built.count = plain(plateau->NUMBER());
    } else if (auto* spike = as<LrcParser::SpikeContext>(context)) {
      built.kind = Kind::spike;
      built.metrics = {word(spike->name())};
      built.upwards = true;
      built.times = value(spike->value(0));
      built.over = value(spike->value(1));
    } else if (auto* nonfinite = as<LrcParser::NonfiniteContext>(context)) {
      built.kind = Kind::nonfinite;
      for (auto* metric : nonfinite->name()) built.metrics.push_back(word(metric));
    } else if (auto* threshold = as<LrcParser::ThresholdContext>(context)) {
      built.kind = Kind::threshold;
      built.metrics = {word(threshold->name())};
      built.upwards = threshold->children[3]->getText() == "above";
      built.threshold = value(threshold->value());
    }
    return built;
  }

  ast::Condition condition(LrcParser::ConditionContext* context) const {
    using Kind = ast::Condition::Kind;
    ast::Condition built{Kind::counting, std::nullopt, span(context)};
    if (auto* tolerance = as<LrcParser::ToleranceContext>(context)) {
      const bool relative = text(tolerance->getStop()) == "relative";
      built.kind = relative ? Kind::relative : Kind::absolute;
      built.value = value(tolerance->value());
    } else if (auto* rest = as<LrcParser::RestContext>(context)) {
      built.kind = Kind::cooldown;
      built.value = plain(rest->NUMBER());
    } else if (auto* after = as<LrcParser::AfterContext>(context)) {
      built.kind = Kind::after;
      built.value = value(after->value());
    }
    return built;
  }

  ast::Limit limit(LrcParser::LimitContext* context) const {
    using Kind = ast::Limit::Kind;
    if (auto* floor = as<LrcParser::FloorContext>(context))
      return {Kind::not_below, value(floor->value()), span(floor)};
    if (auto* firings = as<LrcParser::FiringsContext>(context))
      return {Kind::at_most, plain(firings->NUMBER()), span(firings)};
    auto* ignoring = as<LrcParser::IgnoringContext>(context);
    return {Kind::ignoring, value(ignoring->value()), span(ignoring)};
  }

  ast::Rule rule(LrcParser::ReactiveContext* context) const {
    ast::Rule built{trigger(context->trigger()), {}, {}, {}, span(context)};
    for (auto* item : context->condition()) built.conditions.push_back(condition(item));
    for (auto* item : context->reaction()) {
      ast::Reaction reaction{
          word(item->name()), value(item->value(0)), std::nullopt, {}, span(item)};
      if (item->value().size() > 1) reaction.duration = value(item->value(1));
      for (auto* limits : item->limit()) reaction.limits.push_back(limit(limits));
      built.reactions.push_back(std::move(reaction));
    }
    for (auto* item : context->signal()) built.signals.push_back(word(item->name()));
    return built;
  }

  // The facts of an item of a policy, if it is one.
  bool fact(LrcParser::ItemContext* context, ast::Policy& policy) const {
    if (auto* owner = as<LrcParser::OwnerContext>(context)) {
      policy.owners.push_back(string(owner->STRING()));
    } else if (auto* run = as<LrcParser::RunContext>(context)) {
      policy.runs.push_back({value(run->value()), span(run)});
    } else if (auto* stop = as<LrcParser::StopContext>(context)) {
      policy.stops.push_back({value(stop->value()), span(stop)});
    } else if (auto* batch = as<LrcParser::BatchContext>(context)) {
      policy.batches.push_back(
          {value(batch->value()), word(batch->unit()), growth(batch->growth()), span(batch)});
    } else if (auto* conversion = as<LrcParser::ConversionContext>(context)) {
      policy.rates.push_back(rate(conversion->rate()));
      policy.rates.back().growth = growth(conversion->growth());
    } else if (auto* peak = as<LrcParser::PeakContext>(context)) {
      ast::Peak built{std::nullopt, value(peak->value()), span(peak)};
      if (peak->name() != nullptr) built.output = word(peak->name());
      policy.peaks.push_back(std::move(built));
    } else if (auto* metrics = as<LrcParser::MetricsContext>(context)) {
      for (auto* metric : metrics->name()) policy.metrics.push_back(word(metric));
    } else {
      return false;
    }
    return true;
  }

  void item(LrcParser::ItemContext* context, ast::Policy& policy) const {
    if (fact(context, policy)) return;
    if (auto* parameter_item = as<LrcParser::ParameterContext>(context)) {
      policy.parameters.push_back(parameter(parameter_item));
    } else if (auto* let_item = as<LrcParser::PolicyLetContext>(context)) {
      policy.lets.push_back(let(let_item->let()));
    } else if (auto* group_item = as<LrcParser::GroupContext>(context)) {
      policy.groups.push_back(group(group_item));
    } else if (auto* limits = as<LrcParser::PolicyClampContext>(context)) {
      policy.clamps.push_back(clamp(limits->clamp()));
    } else if (auto* scale = as<LrcParser::ScaleContext>(context)) {
      policy.scales.push_back(
          {word(scale->name()), word(scale->WORD()), value(scale->value()), span(scale)});
    } else if (auto* said = as<LrcParser::PolicyConventionsContext>(context)) {
      for (auto* each : said->convention()) policy.conventions.push_back(convention(each));
    } else if (auto* mark = as<LrcParser::MarkContext>(context)) {
      policy.marks.push_back({string(mark->STRING()), value(mark->value()), span(mark)});
    } else if (auto* require = as<LrcParser::RequireContext>(context)) {
      policy.claims.push_back(claim(require));
    } else if (auto* on = as<LrcParser::ReactiveContext>(context)) {
      policy.rules.push_back(rule(on));
    } else if (auto* output = as<LrcParser::OutputContext>(context)) {
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

  void definition(LrcParser::DefinitionContext* context, ast::File& file) const {
    if (auto* named_value = as<LrcParser::DefinedLetContext>(context)) {
      file.lets.push_back(let(named_value->let()));
    } else if (auto* curve = as<LrcParser::DefinedCurveContext>(context)) {
      ast::Curve built{word(curve->name(0)), {}, value(curve->value()), span(curve)};
      for (std::size_t i = 1; i < curve->name().size(); ++i)
        built.parameters.push_back(word(curve->name(i)));
      file.curves.push_back(std::move(built));
    } else if (auto* schedule_item = as<LrcParser::DefinedScheduleContext>(context)) {
      ast::Definition built{
          word(schedule_item->name()), {}, schedule(schedule_item->schedule()), span(context)};
      for (auto* item : schedule_item->formal()) {
        ast::Formal formal{word(item->name()), word(item->type()), std::nullopt};
        if (item->value() != nullptr) formal.value = value(item->value());
        built.formals.push_back(std::move(formal));
      }
      file.definitions.push_back(std::move(built));
    }
  }

  void fact(LrcParser::FactContext* context, ast::Test& test) const {
    if (auto* run = as<LrcParser::GivenRunContext>(context)) {
      test.runs.push_back({value(run->value()), span(run)});
    } else if (auto* batch = as<LrcParser::GivenBatchContext>(context)) {
      test.batches.push_back(value(batch->value()));
    } else if (auto* peak = as<LrcParser::GivenPeakContext>(context)) {
      ast::Peak built{std::nullopt, value(peak->value()), span(peak)};
      if (peak->name() != nullptr) built.output = word(peak->name());
      test.peaks.push_back(std::move(built));
    } else if (auto* conversion = as<LrcParser::GivenRateContext>(context)) {
      test.rates.push_back(rate(conversion->rate()));
    } else if (auto* setting = as<LrcParser::GivenParameterContext>(context)) {
      test.settings.push_back({word(setting->name()), value(setting->value())});
    }
  }

  ast::Expectation expectation(LrcParser::ExpectationContext* context) const {
    ast::Expectation built;
    built.output = word(context->name(0));
    if (context->name().size() > 1) built.group = word(context->name(1));
    built.span = span(context);
    const auto values = context->value();
    built.at_step = context->NUMBER() != nullptr;
    std::size_t next = 0;
    built.at = built.at_step ? plain(context->NUMBER()) : value(values[next++]);
    built.is = value(values[next++]);
    if (next < values.size()) built.within = value(values[next]);
    return built;
  }

  ast::Test test(LrcParser::TestContext* context) const {
    ast::Test built;
    built.title = string(context->STRING());
    built.policy = word(context->name());
    built.span = span(context);
    for (auto* item : context->fact()) fact(item, built);
    for (auto* item : context->expectation()) built.expectations.push_back(expectation(item));
    return built;
  }

  ast::File file(LrcParser::SourceContext* context) const {
    ast::File built;
    for (auto* entry : context->use()) built.uses.push_back(word(entry->name()));
    for (auto* entry : context->policy()) built.policies.push_back(policy(entry));
    for (auto* entry : context->definition()) definition(entry, built);
    for (auto* entry : context->test()) built.tests.push_back(test(entry));
    if (auto* sentence = context->schedule()) built.sentence = schedule(sentence);
    return built;
  }

 private:
  template <class Node>
  [[nodiscard]] Span span(Node* node) const {
    return places_.span(node);
  }

  const Places& places_;
};

}  // namespace

ast::File build_file(const Places& places, LrcParser::SourceContext* context) {
  return Builder(places).file(context);
}

ast::Value build_value(const Places& places, LrcParser::ValueContext* context) {
  return Builder(places).value(context);
}

ast::Rate build_rate(const Places& places, LrcParser::RateContext* context) {
  return Builder(places).rate(context);
}

}  // namespace lrc::syntax
