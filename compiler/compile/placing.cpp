#include "compiler/compile/placing.h"

#include <set>

#include "compiler/bind/fit.h"
#include "compiler/ir/canonical.h"

namespace lrc::compile {
namespace {

using diagnostics::Code;
using diagnostics::Fix;
using diagnostics::Issue;
using diagnostics::Issues;

// The schedules alone: where their phases lie depends on no factor, no clamp and no rule.
ir::Program schedules_of(const ir::Program& program, const std::vector<std::string>& outputs) {
  ir::Program schedules = bind::restricted(program, outputs);
  for (ir::Output& output : schedules.outputs) output.clamp.reset();
  for (ir::Group& group : schedules.groups) {
    group.factors.clear();
    group.clamps.clear();
    group.frozen.reset();
  }
  schedules.rules.clear();
  schedules.inputs = ir::find_inputs(schedules);
  return schedules;
}

// The facts that place schedules before a run is known: those the policy states itself, or, where
// all lengths are shares, any run. Nothing where only a run can tell.
std::optional<bind::Facts> facts_to_place(const ir::Program& schedules) {
  const ir::Inputs& inputs = schedules.inputs;
  if (!inputs.rates.empty() || !inputs.parameters.empty()) return std::nullopt;
  bind::Facts facts;
  for (const std::string& output : inputs.peaks) facts.peaks[output] = 1;
  if (inputs.run) {
    if (ir::counts_units(schedules)) return std::nullopt;
    facts.run = exact::Length{exact::Length::Of::steps, exact::Rational(100)};
    facts.run_in_percent = true;
  }
  return facts;
}

// No update begins in it. Where the run is not known, only one of no length never runs.
bool never_runs(const bind::PlacedPhase& phase, bool any_run) {
  if (!phase.end) return false;
  return any_run ? *phase.end <= phase.start
                 : exact::ceiling(*phase.end) <= exact::ceiling(phase.start);
}

Issue idle_phase(source::Span span) {
  return {Code::W0505,
          span,
          "no update is in this phase",
          "",
          {},
          "it ends where it starts, or before the next update begins",
          Fix{"leave it out, or give it a length", std::nullopt, ""}};
}

// What does not fit; what fits and never runs is added to `idle`.
std::optional<bind::Failure> misfit(const ir::Program& schedules, std::set<std::uint32_t>& idle) {
  const auto facts = facts_to_place(schedules);
  if (!facts) return bind::never_fits(schedules);
  const auto placed = bind::place(schedules, *facts);
  if (placed) {
    for (const bind::PlacedPhase& phase : *placed) {
      if (never_runs(phase, facts->run_in_percent)) idle.insert(phase.origin);
    }
    return std::nullopt;
  }
  // How far numbers reach concerns the run and the peak that get there, not the policy.
  const Code code = placed.error().code;
  if (code == Code::E0909 || (code == Code::E0506 && !schedules.inputs.peaks.empty()))
    return std::nullopt;
  return placed.error();
}

}  // namespace

Issue as_issue(const CompiledPolicy& policy, const bind::Failure& failure) {
  const source::Span span =
      failure.origin ? policy.origins[*failure.origin] : policy.policy.name_span;
  Issue issue{failure.code, span, failure.message, "", {}, failure.reason, std::nullopt};
  if (!failure.advice.empty()) issue.fix = Fix{failure.advice, std::nullopt, ""};
  return issue;
}

Issues misfits(const CompiledPolicy& policy) {
  const std::vector<std::string> outputs = policy.outputs();
  // Each output by itself, since another one may lack a fact; very many together, in one pass.
  constexpr std::size_t many = 64;
  std::vector<std::vector<std::string>> parts = {outputs};
  if (outputs.size() <= many) {
    parts.clear();
    for (const std::string& output : outputs) parts.push_back({output});
  }
  Issues issues;
  std::set<std::uint32_t> idle;
  for (const auto& part : parts) {
    if (const auto failure = misfit(schedules_of(policy.program, part), idle))
      issues.push_back(as_issue(policy, *failure));
  }
  for (const std::uint32_t origin : idle) issues.push_back(idle_phase(policy.origins[origin]));
  if (diagnostics::has_errors(issues) || policy.program.inputs != ir::Inputs{}) return issues;
  for (Issue& issue : bind_values(policy, {}).issues) {
    if (issue.code != Code::E0909) issues.push_back(std::move(issue));
  }
  return issues;
}

}  // namespace lrc::compile
