// A schedule: phases one after another, or a function of whole schedules (M1, M7, M9).

#include <algorithm>
#include <iterator>

#include "compiler/check/context.h"
#include "compiler/ir/operation.h"
#include "compiler/source/limits.h"

namespace lrc::check {
namespace {

using policy::Phase;
using policy::Schedule;
using policy::Timeline;
using Kind = ast::Value::Kind;

bool count_phase(Context& context, Span span) {
  if (++context.phases <= source::maximum_phases) return true;
  if (context.phases == source::maximum_phases + 1) {
    context.report(Code::E0905, span, fmt::format("more than {} phases", source::maximum_phases));
  }
  return false;
}

Phase held_at(exact::Level level, Span span) {
  Phase phase;
  phase.from = std::move(level);
  phase.span = span;
  return phase;
}

Schedule of_phases(std::vector<Phase> phases, Span span) {
  return {Timeline{std::move(phases), policy::Past::hold}, span};
}

std::optional<exact::Level> factor_level(Context& context, const ast::Value& value) {
  auto number = check_signed_number(context, value, "a factor");
  if (!number) return std::nullopt;
  return exact::Level{false, std::move(*number)};
}

// Levels are not below zero; a number in a formula may be.
std::optional<Schedule> constant(Context& context, const ast::Value& value) {
  const bool factor = context.is_factor && value.kind != Kind::level;
  auto level = factor ? factor_level(context, value) : check_level(context, value);
  if (!level || !count_phase(context, value.span)) return std::nullopt;
  const Span span = context.located(value.span);
  return of_phases({held_at(std::move(*level), span)}, span);
}

// M1: a phase without a length takes what is left, so two in a row have no boundary between them.
bool open_phases_apart(Context& context, const Timeline& timeline) {
  const Phase* open = nullptr;
  for (const Phase& phase : timeline.phases) {
    using Extent = policy::Extent::Kind;
    const bool is_open = phase.extent.kind == Extent::open;
    if (open != nullptr && (is_open || phase.extent.kind == Extent::until)) {
      Issue& issue = context.report(Code::E0501, phase.span, "where this phase begins is not said");
      issue.labels.push_back(
          Label{open->span, "this one has no length and takes what is left of the run"});
      issue.fix = Fix{"give the first of them a length with `for` or an end with `until`",
                      std::nullopt, ""};
      return false;
    }
    if (is_open) open = &phase;
    // What stands behind an open phase is placed from the end, so the run must be known.
    if (open != nullptr && !is_open && !context.in_repeat)
      context.need(policy::Need::Fact::run, open->span);
    if (phase.extent.kind == Extent::last && &phase != &timeline.phases.back()) {
      Issue& issue = context.report(Code::E0501, timeline.phases.back().span,
                                    "nothing can follow `cooldown last`");
      issue.labels.push_back(Label{phase.span, "this phase ends with the run"});
      return false;
    }
  }
  return true;
}

bool starts_by_itself(const Phase& first) {
  const auto* ramp = std::get_if<policy::ExponentialRamp>(&first.form);
  return first.from || std::holds_alternative<policy::Warmup>(first.form) ||
         std::holds_alternative<policy::Cycle>(first.form) ||
         std::holds_alternative<policy::Repeat>(first.form) ||
         std::holds_alternative<policy::Formulaic>(first.form) || (ramp != nullptr && ramp->warm);
}

// M7: the first phase starts at 0 if it is a warmup and at 1x otherwise; a factor at 1.
bool first_level_known(Context& context, Phase& first) {
  if (!context.at_start || starts_by_itself(first)) return true;
  if (context.is_factor) {
    first.from = exact::Level{false, exact::Rational(1)};
    return true;
  }
  if (context.has_peak()) {
    context.need(policy::Need::Fact::peak, first.span);
    return true;
  }
  if (!context.peaks_missed.insert(context.output).second) return false;
  Issue& issue = context.report(
      Code::E0105, first.span,
      fmt::format("the first phase starts at the peak, and `{}` has none", context.output));
  issue.fix =
      Fix{fmt::format("say `from` a plain number, or declare `peak {} = …`", context.output),
          std::nullopt, ""};
  return false;
}

// Piecewise linear: each entry is reached at its position, and the last level stays.
std::optional<Schedule> table(Context& context, const ast::Table& table) {
  std::vector<Phase> phases;
  for (const auto& [at, level] : table.entries) {
    const auto position = check_length(context, at);
    const auto reached = position ? check_level(context, level) : std::nullopt;
    if (!reached || !count_phase(context, table.span)) return std::nullopt;
    Phase phase = held_at(*reached, context.located(join(at.span, level.span)));
    if (!phases.empty()) {
      phase.from.reset();
      phase.form = policy::Ramp{{context.library.curve("linear"), {}, false}, *reached};
      phase.reading = context.reading.value_or(policy::Reading::start);
    }
    phase.extent = {policy::Extent::Kind::until, *position};
    phases.push_back(std::move(phase));
  }
  Phase rest;
  rest.span = context.located(table.span);
  phases.push_back(std::move(rest));
  return of_phases(std::move(phases), context.located(table.span));
}

std::optional<Schedule> of_one_phase(Context& context, const ast::Phase& phase) {
  auto checked = check_phase(context, phase);
  if (!checked || !count_phase(context, phase.span)) return std::nullopt;
  const Span span = context.located(phase.span);
  return of_phases({std::move(*checked)}, span);
}

// A word by itself: a quantity, an output, the progress, or a phase.
std::optional<Schedule> word(Context& context, const ast::Value& value) {
  if (is_constant(context, value)) return constant(context, value);
  const bool shape = context.library.curve(value.word) != nullptr;
  if (context.outputs.contains(value.word) && !is_phase_word(value.word) && !shape)
    return Schedule{policy::Reference{value.word}, context.located(value.span)};
  if (value.word == "progress") {
    context.need(policy::Need::Fact::run, value.span);
    return Schedule{policy::Progress{}, context.located(value.span)};
  }
  ast::Phase phase;
  phase.head = {value.word, value.span};
  phase.span = value.span;
  auto built = of_one_phase(context, phase);
  const bool known =
      built && first_level_known(context, std::get<Timeline>(built->value).phases.front());
  return known ? std::move(built) : std::nullopt;
}

// `hold (0.1x * 2)` reads like a call, and is a phase.
std::optional<ast::Phase> phase_of_call(const ast::Value& value) {
  if (!is_phase_word(value.word) || value.arguments.size() != 1 || value.arguments[0].name)
    return std::nullopt;
  const ast::Value* argument = as_value(*value.arguments[0].schedule);
  if (argument == nullptr) return std::nullopt;
  ast::Phase phase;
  phase.head = {value.word, name_of(value)};
  phase.clauses = {{ast::ClauseKind::value, {*argument}, argument->span}};
  phase.span = value.span;
  return phase;
}

// `hold -0.1` reads like a difference, and is a phase with a number below zero.
std::optional<ast::Phase> phase_of_difference(const ast::Value& value) {
  const bool difference = value.word == "-" && value.operands.size() == 2;
  if (!difference || value.operands[0].kind != Kind::name ||
      !is_phase_word(value.operands[0].word) || value.operands[1].kind > Kind::unit)
    return std::nullopt;
  ast::Value number = value.operands[1];
  number.number = -number.number;
  number.span.begin = value.operands[0].span.end;
  while (number.span.text()[0] != '-') ++number.span.begin;
  ast::Phase phase;
  phase.head = {value.operands[0].word, value.operands[0].span};
  phase.clauses = {{ast::ClauseKind::value, {number}, number.span}};
  phase.span = value.span;
  return phase;
}

Schedule place(Context& context, const ast::Value& value) {
  const exact::Unit unit = *exact::unit_named(value.operands[0].word);
  if (unit != exact::Unit::steps) context.need(policy::Need::Fact::rate, value.span, unit);
  return Schedule{policy::Place{value.word == "elapsed", unit}, context.located(value.span)};
}

std::optional<Schedule> mirrored(Context& context, const ast::Value& value) {
  const auto low = check_level(context, value.operands[0]);
  const auto high = low ? check_level(context, value.operands[1]) : std::nullopt;
  if (!high) return std::nullopt;
  if (context.outputs.contains(value.word))
    return Schedule{policy::Mirrored{value.word, *low, *high}, context.located(value.span)};
  context.report(Code::E0308, value.span, fmt::format("the policy has no output `{}`", value.word))
      .reason = "`mirror` follows another output of the policy";
  return std::nullopt;
}

// Whether an operand can be the one of a product that has levels: it has phases or says `x`.
bool may_have_levels(const Context& context, const ast::Value& value) {
  const auto levels = [&](const ast::Value& operand) { return may_have_levels(context, operand); };
  switch (value.kind) {
    case Kind::level:
    case Kind::schedule: return true;
    case Kind::name: {
      const auto named = context.names.find(value.word);
      const auto* quantity =
          named == context.names.end() ? nullptr : std::get_if<Quantity>(&named->second.value);
      const auto* parameter = context.parameter(value.word);
      return (quantity != nullptr && quantity->type == Quantity::Type::level) ||
             (parameter != nullptr && parameter->type == exact::ParameterType::level) ||
             is_phase_word(value.word);
    }
    case Kind::operation: return std::any_of(value.operands.begin(), value.operands.end(), levels);
    case Kind::call:
      if (ir::operation_named(value.word) == nullptr)
        return context.library.schedule(value.word) != nullptr || is_phase_word(value.word);
      return std::any_of(value.arguments.begin(), value.arguments.end(),
                         [&](const ast::Argument& argument) {
                           const ast::Value* item = as_value(*argument.schedule);
                           return item == nullptr || levels(*item);
                         });
    default: return false;
  }
}

// In a sum all operands have levels; in a product one of them, the others are plain factors.
std::optional<Schedule> operation(Context& context, const ast::Value& value) {
  policy::Combination built{value.word, {}};
  const Span span = context.located(value.span);
  if (value.operands.size() == 1)
    built.operands.push_back(of_phases({held_at({false, exact::Rational(0)}, span)}, span));
  const Scoped start(context.at_start, true);  // operands are whole schedules
  const bool adds = value.word == "+" || value.word == "-";
  bool taken = value.word == "^";
  for (const ast::Value& operand : value.operands) {
    const bool levels = adds || (!taken && may_have_levels(context, operand));
    taken = taken || levels;
    const Scoped factor(context.is_factor, context.is_factor || !levels);
    auto checked = check_value_schedule(context, operand);
    if (!checked) return std::nullopt;
    built.operands.push_back(std::move(*checked));
  }
  return Schedule{std::move(built), span};
}

std::optional<Schedule> single(Context& context, const ast::Part& part) {
  if (const auto* entries = std::get_if<ast::Table>(&part)) return table(context, *entries);
  if (const auto* phase = std::get_if<ast::Phase>(&part)) return of_one_phase(context, *phase);
  return check_value_schedule(context, std::get<ast::Value>(part));
}

// The phases that one part of a chain stands for.
std::optional<std::vector<Phase>> phases_of(Context& context, const ast::Part& part) {
  auto schedule = single(context, part);
  if (!schedule) return std::nullopt;
  if (auto* timeline = std::get_if<Timeline>(&schedule->value)) return std::move(timeline->phases);
  Phase phase;
  phase.span = schedule->span;
  phase.reading = context.reading.value_or(policy::Reading::start);
  phase.form = policy::Formulaic{std::make_shared<const Schedule>(std::move(*schedule))};
  return std::vector<Phase>{std::move(phase)};
}

std::optional<Schedule> chain(Context& context, const ast::Schedule& ast) {
  Timeline timeline;
  bool fine = true;
  const bool at_start = context.at_start;
  for (const ast::Part& part : ast.parts) {
    const Scoped start(context.at_start, at_start && &part == ast.parts.data());
    auto phases = phases_of(context, part);
    if (phases)
      std::move(phases->begin(), phases->end(), std::back_inserter(timeline.phases));
    else
      fine = false;
    if (context.phases > source::maximum_phases) return std::nullopt;
  }
  if (!fine || !open_phases_apart(context, timeline) ||
      !first_level_known(context, timeline.phases.front()))
    return std::nullopt;
  timeline.past = context.past.value_or(policy::Past::hold);
  return Schedule{std::move(timeline), context.located(ast.span)};
}

// A formula by itself that is not read at the start of updates is a phase which is read so.
Schedule read_where_said(const Context& context, Schedule schedule) {
  if (context.reading.value_or(policy::Reading::start) == policy::Reading::start) return schedule;
  const Span span = schedule.span;
  Phase phase;
  phase.span = span;
  phase.reading = *context.reading;
  phase.form = policy::Formulaic{std::make_shared<const Schedule>(std::move(schedule))};
  return of_phases({std::move(phase)}, span);
}

// Brackets and calls of definitions: what they say of their own end goes before what is said
// around.
bool is_schedule(const Context& context, const ast::Part& part) {
  const auto* value = std::get_if<ast::Value>(&part);
  return value != nullptr &&
         (value->kind == Kind::schedule ||
          (value->kind == Kind::call && context.library.schedule(value->word) != nullptr));
}

}  // namespace

Span name_of(const ast::Value& call) {
  return {call.span.source, call.span.begin,
          call.span.begin + static_cast<std::uint32_t>(call.word.size())};
}

std::optional<Schedule> check_value_schedule(Context& context, const ast::Value& value) {
  switch (value.kind) {
    case Kind::schedule: return check_schedule(context, *value.schedule);
    case Kind::name: return word(context, value);
    case Kind::place: return place(context, value);
    case Kind::mirrored: return mirrored(context, value);
    case Kind::operation:
      if (const auto phase = phase_of_difference(value)) return of_one_phase(context, *phase);
      return is_constant(context, value) ? constant(context, value) : operation(context, value);
    case Kind::call: break;
    default: return constant(context, value);
  }
  if (const auto phase = phase_of_call(value)) return of_one_phase(context, *phase);
  if (value.word == "min" || value.word == "max") return check_call(context, value);
  return is_constant(context, value) ? constant(context, value) : check_call(context, value);
}

std::optional<Schedule> check_schedule(Context& context, const ast::Schedule& ast) {
  const auto conventions = check_conventions(context, ast.conventions);
  if (!conventions) return std::nullopt;
  const bool said = conventions->reading || conventions->native_reading;
  const Scoped reading(context.reading, said ? conventions->reading : context.reading);
  const Scoped past(context.past, conventions->past ? conventions->past : context.past);
  const bool phases = ast.parts.size() > 1 || std::holds_alternative<ast::Phase>(ast.parts[0]);
  auto built = phases ? chain(context, ast) : single(context, ast.parts[0]);
  if (!built) return std::nullopt;
  if (!phases && !std::holds_alternative<Timeline>(built->value))
    built = read_where_said(context, std::move(*built));
  auto* timeline = phases ? nullptr : std::get_if<Timeline>(&built->value);
  if (timeline != nullptr) {
    if (!first_level_known(context, timeline->phases.front())) return std::nullopt;
    if (context.past && (conventions->past || !is_schedule(context, ast.parts[0])))
      timeline->past = *context.past;
  }
  return shifted(context, std::move(*built), *conventions);
}

namespace {

// M15: S + (B - S)*w, w the linear ramp read at the end; both curves run underneath.
Schedule blended(Context& context, Schedule schedule, const Conventions::Blend& blend) {
  const Span span = blend.span;
  // A run that is rewarmed used the schedule as it is before that.
  Phase before = held_at({false, exact::Rational(blend.from == nullptr ? 1 : 0)}, span);
  before.extent = {policy::Extent::Kind::until, blend.at};
  Phase ramp;
  ramp.from = exact::Level{false, exact::Rational(0)};
  ramp.form =
      policy::Ramp{{context.library.curve("linear"), {}, false}, {false, exact::Rational(1)}};
  ramp.extent = {policy::Extent::Kind::for_, blend.over};
  ramp.reading = policy::Reading::end;
  ramp.span = span;
  Phase behind;
  behind.span = span;
  const auto combined = [&](const char* function, Schedule a, Schedule b) {
    return Schedule{policy::Combination{function, {std::move(a), std::move(b)}}, span};
  };
  Schedule weight = of_phases({std::move(before), std::move(ramp), std::move(behind)}, span);
  if (blend.from == nullptr) return combined("*", std::move(schedule), std::move(weight));
  Schedule difference = combined("-", std::move(schedule), *blend.from);
  return combined("+", *blend.from, combined("*", std::move(difference), std::move(weight)));
}

}  // namespace

Schedule shifted(Context& context, Schedule schedule, const Conventions& conventions) {
  const auto shift = [span = schedule.span, &schedule](auto by) {
    schedule = {policy::Shifted{std::make_shared<const Schedule>(std::move(schedule)), by}, span};
  };
  if (conventions.extension) shift(*conventions.extension);
  if (conventions.period) shift(*conventions.period);
  if (conventions.late) shift(*conventions.late);
  for (const Conventions::Blend& blend : conventions.blends)
    schedule = blended(context, std::move(schedule), blend);
  return schedule;
}

}  // namespace lrc::check
