#include "compiler/compile/missing.h"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "compiler/bind/stand_in.h"

namespace lrc::compile {
namespace {

using diagnostics::Code;
using diagnostics::Fix;
using diagnostics::Issue;
using diagnostics::Issues;
using policy::Need;

// What a unit other than steps needs to be counted in steps, beyond the rates that are known.
std::vector<std::string> rates_to_steps(exact::Unit unit, const exact::Conversions& known) {
  using exact::Unit;
  if (known.factor(unit, Unit::steps)) return {};
  if (known.factor(unit, Unit::samples)) return {"batch"};
  if (unit == Unit::seconds || known.factor(unit, Unit::seconds)) return {"1 second = …"};
  if (!known.factor(unit, Unit::tokens)) return {"1 epoch = …"};
  if (known.factor(Unit::samples, Unit::steps)) return {"1 sample = … tokens"};
  return {"batch", "1 sample = … tokens"};
}

struct Advice {
  std::string_view fact, words, flag, declaration;
};
constexpr std::array<Advice, 6> advice = {{
    {"run", "the length of the run", "--run '100K steps'", "run 100K steps"},
    {"peak", "the peak", "--peak 3e-4", "peak 3e-4"},
    {"batch", "the batch", "--batch '512 samples'", "batch 512 samples per step"},
    {"1 epoch = …", "`1 epoch = …`", "--rate '1 epoch = 1000 steps'", "1 epoch = 1000 steps"},
    {"1 second = …", "`1 second = …`", "--rate '1 step = 0.35 seconds'", "1 step = 0.35 seconds"},
    {"1 sample = … tokens", "`1 sample = … tokens`", "--rate '1 sample = 4096 tokens'",
     "1 sample = 4096 tokens"},
}};

// A parameter in a number without a value that the run has not chosen either.
const ir::Parameter* open_parameter(const CompiledPolicy& policy, const bind::Facts& facts,
                                    const exact::Number& value) {
  std::vector<std::string> names;
  exact::collect_parameters(value, names);
  for (const ir::Parameter& parameter : policy.program.parameters) {
    const bool named = std::find(names.begin(), names.end(), parameter.name) != names.end();
    if (named && !parameter.value && !facts.parameters.contains(parameter.name)) return &parameter;
  }
  return nullptr;
}

Issue missing_parameter(const Need& need, const ir::Parameter& parameter) {
  Issue issue{Code::E0401, need.span, "", "", {}, "", std::nullopt};
  const std::string example = bind::written(parameter, bind::stand_in(parameter));
  issue.message = fmt::format("`{}` has no value without the parameter `{}`",
                              need.span.text().substr(0, 60), parameter.name);
  issue.annotation = fmt::format("needs `{}`", parameter.name);
  issue.reason = "the policy leaves it for every run to choose";
  issue.fix = Fix{fmt::format("pass `--set '{0}={1}'`, or give it a value where it is declared, as "
                              "in `= {1}`",
                              parameter.name, example),
                  std::nullopt, ""};
  return issue;
}

Issue missing(const Need& need, const std::vector<std::string>& facts) {
  std::vector<std::string> words, flags, declarations;
  for (const std::string& fact : facts) {
    for (const Advice& item : advice) {
      if (item.fact != fact) continue;
      words.emplace_back(item.words);
      flags.emplace_back(item.flag);
      declarations.push_back(fmt::format("`{}`", item.declaration));
    }
  }
  Issue issue{Code::E0401, need.span, "", "", {}, "", std::nullopt};
  issue.message = fmt::format("`{}` cannot be placed without {}", need.span.text().substr(0, 60),
                              fmt::join(words, " and "));
  if (need.fact == Need::Fact::peak)
    issue.message =
        fmt::format("`{}` has no value without the peak", need.span.text().substr(0, 60));
  issue.annotation = fmt::format("needs {}", fmt::join(words, " and "));
  issue.reason =
      need.fact == Need::Fact::run
          ? "a share, `last` and a phase without a length are measured on the whole run"
      : need.fact == Need::Fact::growth
          ? "the exact boundaries of such cycles need ever more digits, and the run bounds them"
      : need.fact == Need::Fact::peak
          ? "`x` is a share of the peak learning rate"
          : fmt::format("nothing converts {} to updates but a declared rate", plural(need.unit));
  issue.fix = Fix{fmt::format("pass `{}`, or state {} in the policy", fmt::join(flags, " "),
                              fmt::join(declarations, " and ")),
                  std::nullopt, ""};
  return issue;
}

// The number that a need for a peak or a parameter comes down to.
exact::Number wanted_number(const Need& need, const std::map<std::string, exact::Number>& peaks) {
  if (need.fact == Need::Fact::parameter) return exact::ParameterName{need.parameter};
  const auto peak = peaks.find(need.output);
  return need.fact == Need::Fact::peak && peak != peaks.end() ? peak->second : exact::Number();
}

exact::Conversions conversions(const CompiledPolicy& policy, const bind::Facts& facts) {
  exact::Conversions known;
  for (const exact::Rate& rate : policy.program.rates) static_cast<void>(known.add(rate));
  for (const exact::Rate& rate : facts.rates) static_cast<void>(known.add(rate));
  return known;
}

}  // namespace

Issues missing_facts(const CompiledPolicy& policy, const bind::Facts& facts,
                     const std::set<std::string>& outputs,
                     const std::vector<runtime::GroupSet>& group_sets) {
  return missing_facts(policy, policy.policy.needs, facts, outputs, group_sets);
}

Issues missing_facts(const CompiledPolicy& policy, std::vector<Need> needs,
                     const bind::Facts& facts, const std::set<std::string>& outputs,
                     const std::vector<runtime::GroupSet>& group_sets) {
  std::set<std::uint32_t> groups;
  for (const runtime::GroupSet& set : group_sets) groups.insert(set.begin(), set.end());
  const exact::Conversions known = conversions(policy, facts);
  std::map<std::string, exact::Number> peaks;
  for (const auto& [output, value] : facts.peaks) peaks.emplace(output, exact::Number(value));
  for (const ir::Peak& peak : policy.program.peaks) peaks.emplace(peak.output, peak.value);
  std::set<std::vector<std::string>> reported;
  Issues issues;
  const auto& run = policy.program.run ? policy.program.run : facts.run;
  if (run)
    needs.push_back({Need::Fact::rate, "", unit_of(run->of()),
                     policy.policy.run ? policy.policy.run->span : policy.policy.name_span});
  for (const Need& need : needs) {
    if (!need.output.empty() && !outputs.contains(need.output)) continue;
    if (need.group && !groups.contains(*need.group)) continue;
    if (const auto* parameter = open_parameter(policy, facts, wanted_number(need, peaks))) {
      if (reported.insert({need_of(parameter->name)}).second)
        issues.push_back(missing_parameter(need, *parameter));
      continue;
    }
    std::vector<std::string> lacking;
    const bool run_needed = need.fact == Need::Fact::run || need.fact == Need::Fact::growth;
    if (run_needed && !run) lacking = {"run"};
    if (need.fact == Need::Fact::peak && !peaks.contains(need.output)) lacking = {"peak"};
    if (need.fact == Need::Fact::rate) lacking = rates_to_steps(need.unit, known);
    if (!lacking.empty() && reported.insert(lacking).second)
      issues.push_back(missing(need, lacking));
  }
  return issues;
}

std::vector<std::string> needs(const CompiledPolicy& policy) {
  const ir::Inputs& inputs = policy.program.inputs;
  std::vector<std::string> needs;
  if (inputs.run) needs.emplace_back("run");
  const auto is_peak = [](const std::string& parameter) { return parameter == "peak"; };
  if (std::any_of(inputs.parameters.begin(), inputs.parameters.end(), is_peak))
    needs.emplace_back("peak");
  for (const std::string& output : inputs.peaks)
    needs.push_back(output == "lr" ? "peak" : "peak " + output);
  const exact::Conversions known = conversions(policy, {});
  for (const exact::Unit unit : inputs.rates) {
    for (const std::string& rate : rates_to_steps(unit, known)) {
      if (std::find(needs.begin(), needs.end(), rate) == needs.end()) needs.push_back(rate);
    }
  }
  for (const std::string& parameter : inputs.parameters) {
    if (!is_peak(parameter)) needs.push_back(need_of(parameter));
  }
  return needs;
}

std::string need_of(const std::string& parameter) {
  return parameter == "peak" ? parameter : "param " + parameter;
}

}  // namespace lrc::compile
