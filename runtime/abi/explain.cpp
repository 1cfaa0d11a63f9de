// Why the values of an update are what they are: its phase, what rules, a transition and clamps do.

#include <cstdio>

#include "runtime/abi/run.h"
#include "runtime/events/line.h"

namespace lrc::abi {
namespace {

using runtime::Program;

// The shortest decimal that gives the same number again.
std::string number(double value) {
  char text[32];
  for (int digits = 1; digits <= 17; ++digits) {
    std::snprintf(text, sizeof text, "%.*g", digits, value);
    if (std::stod(text) == value) break;
  }
  return text;
}

std::string told(const std::string& name, const std::string& text) {
  return "  " + name + std::string(name.size() < 12 ? 12 - name.size() : 1, ' ') + text + "\n";
}

std::string phase_of(const Program& program, std::uint32_t output, std::int64_t step) {
  const std::uint32_t phase = runtime::phase_at(program, output, step);
  if (phase == runtime::Event::none) return "";
  const runtime::NamedPhase& named = program.phases[phase];
  std::string text = "`" + named.name + "` since update " + std::to_string(named.start);
  const bool has_next =
      phase + 1 < program.phases.size() && program.phases[phase + 1].output == output;
  if (has_next) text += ", until " + std::to_string(program.phases[phase + 1].start);
  return text;
}

std::string value_of(const Program& program, std::span<const double> values, std::uint32_t output,
                     std::size_t set, std::int64_t step) {
  const std::size_t slot = program.slot(output, set);
  std::string text = number(values[slot]);
  if (set > 0) text += " in " + runtime::group_set_name(program, set);
  const bool is_lr = program.outputs[output] == "lr";
  if (is_lr && step < program.frozen_until[set])
    text += ", frozen until update " + std::to_string(program.frozen_until[set]);
  if (program.clamps.empty()) return text;
  if (values[slot] == program.clamps[slot].low) text += ", the low end of its clamp";
  if (values[slot] == program.clamps[slot].high) text += ", the high end of its clamp";
  return text;
}

std::string reactions_of(const Program& program, const runtime::Position& position) {
  std::vector<double> factors(program.reactions.size());
  runtime::factors_at(program, position.rules, position.step, factors);
  std::string text;
  for (const runtime::Rule& rule : program.rules) {
    for (std::uint32_t k = 0; k < rule.reactions; ++k) {
      const std::uint32_t reaction = rule.first_reaction + k;
      const std::int64_t firings = position.rules.reactions[reaction].firings;
      if (firings == 0) continue;
      text += told("rule " + std::to_string(rule.number + 1), "fired " + std::to_string(firings) +
                                                                  " times, and multiplies by " +
                                                                  number(factors[reaction]));
    }
  }
  return text;
}

}  // namespace

std::string Run::explain(std::int64_t step) const {
  const runtime::Identity& identity = program().identity;
  const runtime::Position position = schedule_.position();
  const bool coming = step == position.step;
  std::vector<double> values(program().slots.size());
  if (coming)
    values = schedule_.coming_values(position);
  else
    schedule_.evaluate(step, values);
  std::string text = "update " + std::to_string(step);
  if (program().updates != runtime::maximum_step)
    text += " of " + std::to_string(program().updates);
  text += coming ? ", the coming one" : ", with rules at rest";
  text += identity.policy.empty() ? "\n"
                                  : ", policy " + identity.policy + " version " +
                                        std::to_string(identity.version) + "\n";
  text += told("hash", identity.hash) + told("run hash", identity.run_hash);
  for (std::uint32_t output = 0; output < program().outputs.size(); ++output) {
    const std::string phase = phase_of(program(), output, step);
    if (!phase.empty()) text += told(program().outputs[output], phase);
    for (std::size_t set = 0; set < program().group_sets.size(); ++set)
      text += told(set == 0 && phase.empty() ? program().outputs[output] : "",
                   value_of(program(), values, output, set, step));
  }
  if (!coming) return text;
  text += reactions_of(program(), position);
  if (position.transition.acts_at(step))
    text += told("word", "on the way from the values before, over " +
                             std::to_string(position.transition.updates) + " updates since " +
                             std::to_string(position.transition.begin));
  return text;
}

}  // namespace lrc::abi
