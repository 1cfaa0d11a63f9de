// A schedule: phases one after another, or whole schedules combined (M1, M7, M9).

#include "compiler/check/context.h"
#include "compiler/source/limits.h"
#include "compiler/syntax/later.h"

namespace lrc::check {
namespace {

using policy::Phase;

std::optional<Phase> constant_level(Context& context, const ast::Value& value) {
  auto level = check_level(context, value);
  if (!level) return std::nullopt;
  return Phase{policy::Hold{}, {}, std::nullopt, std::move(level), value.span};
}

// Where the name of a call stands.
Span name_of(const ast::Value& call) {
  return {call.span.source, call.span.begin,
          call.span.begin + static_cast<std::uint32_t>(call.word.size())};
}

std::optional<policy::Schedule> check_call(Context& context, const ast::Value& call) {
  const bool minimum = call.word == "min";
  if (!minimum && call.word != "max") {
    Issue& issue = context.report(Code::E0305, name_of(call),
                                  fmt::format("no schedule is called `{}`", call.word));
    issue.reason =
        "this version has `min` and `max`; schedules with arguments come with a later one";
    return std::nullopt;
  }
  policy::Combination combination{
      minimum ? policy::Combination::Kind::minimum : policy::Combination::Kind::maximum, {}};
  for (const ast::Argument& argument : call.arguments) {
    if (argument.name) {
      context.report(Code::E0302, argument.name->span,
                     fmt::format("`{}` takes schedules without names", call.word));
      return std::nullopt;
    }
    auto operand = check_schedule(context, *argument.schedule);
    if (!operand) return std::nullopt;
    combination.operands.push_back(std::move(*operand));
  }
  return policy::Schedule{std::move(combination), call.span};
}

// M1: a phase without a length takes what is left, so two in a row have no boundary between them.
bool open_phases_apart(Context& context, const policy::Timeline& timeline) {
  const Phase* open = nullptr;
  for (const Phase& phase : timeline.phases) {
    using Kind = policy::Extent::Kind;
    const bool is_open = phase.extent.kind == Kind::open;
    if (open != nullptr && (is_open || phase.extent.kind == Kind::until)) {
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
    if (phase.extent.kind == Kind::last && &phase != &timeline.phases.back()) {
      Issue& issue = context.report(Code::E0501, timeline.phases.back().span,
                                    "nothing can follow `cooldown last`");
      issue.labels.push_back(Label{phase.span, "this phase ends with the run"});
      return false;
    }
  }
  return true;
}

// M7: the first phase starts at 0 if it is a warmup and at 1x otherwise.
bool first_level_known(Context& context, const Phase& first) {
  if (!context.at_start || first.from || std::holds_alternative<policy::Warmup>(first.form) ||
      std::holds_alternative<policy::Cycle>(first.form) ||
      std::holds_alternative<policy::Repeat>(first.form)) {
    return true;
  }
  if (context.outputs_with_peak.contains(context.output)) {
    context.need(policy::Need::Fact::peak, first.span);
    return true;
  }
  Issue& issue = context.report(
      Code::E0105, first.span,
      fmt::format("the first phase starts at the peak, and `{}` has none", context.output));
  issue.fix =
      Fix{fmt::format("say `from` a plain number, or declare `peak {} = …`", context.output),
          std::nullopt, ""};
  return false;
}

}  // namespace

std::optional<policy::Schedule> check_schedule(Context& context, const ast::Schedule& schedule) {
  if (schedule.parts.size() == 1) {
    const auto* value = std::get_if<ast::Value>(schedule.parts.data());
    if (value != nullptr && value->kind == ast::Value::Kind::call)
      return check_call(context, *value);
  }
  if (!schedule.conventions.empty()) {
    context.issues.push_back(
        syntax::not_available_yet(schedule.conventions[0].span, "a convention"));
    return std::nullopt;
  }
  policy::Timeline timeline;
  bool fine = true;
  const bool at_start = !context.in_repeat || context.at_start;
  for (const ast::Part& part : schedule.parts) {
    context.at_start = at_start && &part == schedule.parts.data();
    if (++context.phases > source::maximum_phases) {
      if (context.phases == source::maximum_phases + 1) {
        context.report(Code::E0905, schedule.span,
                       fmt::format("more than {} phases", source::maximum_phases));
      }
      return std::nullopt;
    }
    const auto* value = std::get_if<ast::Value>(&part);
    if (value != nullptr && value->kind == ast::Value::Kind::call) {
      context
          .report(Code::E0309, value->span,
                  fmt::format("`{}(…)` as one of several phases", value->word))
          .reason = "`min` and `max` combine whole schedules";
      return std::nullopt;
    }
    if (const auto* table = std::get_if<ast::Table>(&part)) {
      context.issues.push_back(syntax::not_available_yet(table->span, "`table`"));
      return std::nullopt;
    }
    const bool word = value != nullptr && value->kind == ast::Value::Kind::name;
    const ast::Phase by_itself{word ? ast::Word{value->word, value->span} : ast::Word{},
                               {},
                               {},
                               nullptr,
                               nullptr,
                               false,
                               word ? value->span : Span{}};
    auto phase = word               ? check_phase(context, by_itself)
                 : value != nullptr ? constant_level(context, *value)
                                    : check_phase(context, std::get<ast::Phase>(part));
    if (phase)
      timeline.phases.push_back(std::move(*phase));
    else
      fine = false;
  }
  context.at_start = at_start;
  if (!fine || !open_phases_apart(context, timeline) ||
      !first_level_known(context, timeline.phases.front()))
    return std::nullopt;
  return policy::Schedule{std::move(timeline), schedule.span};
}

}  // namespace lrc::check
