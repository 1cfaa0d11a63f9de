#include "compiler/prove/freedom.h"

#include <algorithm>

#include <fmt/format.h>

#include "compiler/bind/stand_in.h"
#include "compiler/ir/canonical.h"

namespace lrc::prove {
namespace {

using exact::Rational;

// The parameters that a program uses: those that it would ask for if none had a value.
std::vector<std::string> used(ir::Program program) {
  for (ir::Parameter& parameter : program.parameters) parameter.value.reset();
  return ir::find_inputs(program).parameters;
}

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Rational usual(const ir::Parameter& parameter) {
  return parameter.value.value_or(bind::stand_in(parameter));
}

// A run may choose any value of a parameter without a range: these are far from the usual one.
std::vector<Rational> ends(const ir::Parameter& parameter) {
  if (parameter.range) return {parameter.range->first, parameter.range->second};
  constexpr int far = 1000;
  return {usual(parameter) / far, usual(parameter) * far};
}

}  // namespace

Freedom freedom(const ir::Program& program, const bind::Facts& facts) {
  ir::Program without_peak = program;
  // What a peak is computed of is not the peak.
  for (ir::Peak& peak : without_peak.peaks) {
    if (std::holds_alternative<exact::ParameterName>(peak.value)) peak.value = Rational(1);
  }
  const auto all = used(program), beside_the_peak = used(without_peak);
  Freedom found;
  for (const ir::Parameter& parameter : program.parameters) {
    if (!holds(all, parameter.name) || facts.parameters.contains(parameter.name)) continue;
    if (holds(beside_the_peak, parameter.name))
      found.parameters.push_back(&parameter);
    else
      found.peak = &parameter;
  }
  return found;
}

namespace {

bool is_one(const exact::Number& number) {
  const auto* literal = std::get_if<Rational>(&number);
  return literal != nullptr && *literal == 1;
}

bool is_share(const std::optional<ir::Level>& level) {
  return !level || level->relative || *level == ir::Level{false, Rational(0)};
}

bool are_shares(const std::vector<ir::Phase>& phases);

bool is_share(const ir::Phase& phase) {
  if (!is_share(phase.from) || std::holds_alternative<ir::Formulaic>(phase.form)) return false;
  if (const auto* ramp = std::get_if<ir::Ramp>(&phase.form)) return is_share(ramp->to);
  if (const auto* ramp = std::get_if<ir::ExponentialRamp>(&phase.form)) return is_share(ramp->to);
  const auto* repeat = std::get_if<ir::Repeat>(&phase.form);
  return repeat == nullptr ||
         (is_one(repeat->peak) && is_one(repeat->swing) && are_shares(repeat->body));
}

bool are_shares(const std::vector<ir::Phase>& phases) {
  return std::all_of(phases.begin(), phases.end(),
                     [](const ir::Phase& phase) { return is_share(phase); });
}

}  // namespace

bool is_share_of_peak(const ir::Curve& curve) {
  using Kind = ir::Curve::Kind;
  if (curve.kind == Kind::timeline) return are_shares(curve.timeline.phases);
  const bool extreme =
      curve.kind == Kind::combination && (curve.name == "min" || curve.name == "max");
  return (extreme || curve.kind == Kind::late || curve.kind == Kind::held ||
          curve.kind == Kind::extended) &&
         std::all_of(curve.operands.begin(), curve.operands.end(), is_share_of_peak);
}

std::vector<bind::Facts> settings(const Freedom& freedom, const bind::Facts& facts) {
  std::vector<const ir::Parameter*> all = freedom.parameters;
  if (freedom.peak != nullptr) all.push_back(freedom.peak);
  bind::Facts usual_facts = facts;
  for (const ir::Parameter* parameter : all)
    usual_facts.parameters[parameter->name] = usual(*parameter);
  std::vector<bind::Facts> found = {usual_facts};
  if (all.empty()) return found;
  for (const std::size_t end : {0, 1}) {
    for (const ir::Parameter* parameter : all) {
      found.push_back(usual_facts);
      found.back().parameters[parameter->name] = ends(*parameter)[end];
    }
    found.push_back(usual_facts);
    for (const ir::Parameter* parameter : all)
      found.back().parameters[parameter->name] = ends(*parameter)[end];
  }
  return found;
}

std::vector<std::string> chosen(const Freedom& freedom, const bind::Facts& facts) {
  std::vector<const ir::Parameter*> all = freedom.parameters;
  if (freedom.peak != nullptr) all.push_back(freedom.peak);
  std::vector<std::string> words;
  for (const ir::Parameter* parameter : all) {
    words.push_back(fmt::format("`{} = {}`", parameter->name,
                                bind::written(*parameter, facts.parameters.at(parameter->name))));
  }
  return words;
}

}  // namespace lrc::prove
