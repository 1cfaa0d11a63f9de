#include "runtime/host/rules.h"

#include <algorithm>
#include <cmath>

#include "runtime/arithmetic/environment.h"
#include "runtime/host/evaluate.h"
#include "runtime/host/rule_machine.h"

namespace lrc::runtime {
namespace {

using Outcome = Observation::Outcome;
using Trigger = Rule::Trigger;
using machine::largest;
using machine::Taken;

// What the machine calls an outcome is one by its number.
constexpr bool is(Taken taken, Outcome outcome) {
  return static_cast<std::uint32_t>(taken) == static_cast<std::uint32_t>(outcome);
}
static_assert(is(Taken::accepted, Outcome::accepted) &&
              is(Taken::not_finite, Outcome::not_finite) &&
              is(Taken::duplicate, Outcome::duplicate) && is(Taken::older, Outcome::older) &&
              is(Taken::conflicting, Outcome::conflicting));

std::size_t ring_size(const Rule& rule) {
  return rule.trigger == Trigger::spike ? static_cast<std::size_t>(rule.count) : 0;
}

machine::Window<Observed> window_of(RuleState& state) {
  return {state.ring.data(), state.ring.size()};
}

const Observed& held(const RuleState& state, std::size_t k) {
  return state.ring[(state.oldest + k) % state.ring.size()];
}

// What so many firings make of 1, or where they cannot lead beyond.
[[gnu::noinline]] double last_factor(const Reaction& reaction) {
  constexpr std::int64_t most_multiplied = 100'000;
  if (reaction.updates > 0) return reaction.by;
  if (reaction.by == 1) return 1;
  if (reaction.most > most_multiplied) return reaction.by < 1 ? 0 : largest;
  double factor = 1;
  for (std::int64_t k = 0; k < reaction.most; ++k) factor = machine::multiplied(factor, reaction);
  return factor;
}

// The output outside any group at `update`, if the reaction multiplied by `factor`.
double value_with(const Program& program, RulesState& state, std::size_t index, double factor,
                  std::int64_t update) {
  factors_at(program, state, update, state.factors);
  state.factors[index] = factor;
  return evaluate(program, program.reactions[index].value, update, state.factors.data());
}

bool observes(const Rule& rule, std::uint32_t metric) {
  return std::find(rule.metrics.begin(), rule.metrics.end(), metric) != rule.metrics.end();
}

// How many rules fired. Each judges and reacts in turn: what it does depends on no other rule, but
// for a change that is too small beside those before it.
[[gnu::noinline]] std::size_t run_rules(const Program& program, RulesState& state,
                                        std::uint32_t metric, double value, std::int64_t updates) {
  std::size_t fired = 0;
  for (std::uint32_t k = 0; k < program.rules.size(); ++k) {
    const Rule& rule = program.rules[k];
    if (!observes(rule, metric)) continue;
    RuleState& now = state.rules[k];
    if (!machine::judge(rule, now, window_of(now), value, updates)) continue;
    state.fired[fired++] = k;
    now.last_firing = updates;
    for (std::uint32_t i = 0; i < rule.reactions; ++i) {
      const std::size_t index = rule.first_reaction + i;
      machine::react(program.reactions[index], state.reactions[index], updates, [&](double factor) {
        return value_with(program, state, index, factor, updates);
      });
    }
  }
  return fired;
}

}  // namespace

RulesState rules_at_rest(const Program& program) {
  RulesState state;
  for (const std::string& metric : program.metrics) state.metrics.push_back({metric});
  for (const Rule& rule : program.rules) {
    RuleState resting;
    if (rule.trigger == Trigger::plateau) resting.best = machine::nothing_yet(rule);
    resting.ring.resize(ring_size(rule));
    state.rules.push_back(std::move(resting));
  }
  state.reactions.resize(program.reactions.size());
  state.fired.resize(program.rules.size());
  state.factors.resize(program.reactions.size(), 1.0);
  return state;
}

Observation observe(const Program& program, RulesState& state, std::string_view metric,
                    double value, std::int64_t evaluation, std::int64_t updates) noexcept {
  const auto found = std::find(program.metrics.begin(), program.metrics.end(), metric);
  if (found == program.metrics.end()) return {};
  const auto index = static_cast<std::uint32_t>(found - program.metrics.begin());
  const auto outcome = static_cast<Outcome>(machine::take(state.metrics[index], value, evaluation));
  if (outcome != Outcome::accepted && outcome != Outcome::not_finite) return {outcome, {}};
  const ArithmeticEnvironment environment;
  const std::size_t fired = run_rules(program, state, index, value, updates);
  return {outcome, std::span(state.fired).first(fired)};
}

void factors_at(const Program& program, const RulesState& state, std::int64_t update,
                std::span<double> factors) noexcept {
  for (std::size_t k = 0; k < factors.size(); ++k)
    factors[k] = machine::factor_at(program.reactions[k], state.reactions[k], update);
}

void forget_after(RulesState& state, std::int64_t updates) noexcept {
  for (MetricState& metric : state.metrics) {
    metric.seen = false;
    metric.evaluation = 0;
    metric.bits = 0;
  }
  for (RuleState& rule : state.rules) {
    while (rule.held > 0 && held(rule, rule.held - 1).updates > updates) --rule.held;
    if (rule.since > updates) rule.since = -1;
  }
}

FactorBounds factor_bounds(const Reaction& reaction) noexcept {
  const ArithmeticEnvironment environment;
  const double last = last_factor(reaction);
  return {std::min(1.0, last), std::max(1.0, last)};
}

namespace {

bool fits(const Rule& rule, const RuleState& saved) {
  if (std::isnan(saved.best) || saved.held > ring_size(rule)) return false;
  if (saved.in_a_row < 0 || saved.in_a_row >= rule.count) return false;
  if (saved.resting < 0 || saved.resting > rule.cooldown) return false;
  if (saved.since < -1 || saved.last_firing < -1) return false;
  for (std::size_t k = 0; k < saved.held; ++k) {
    if (!std::isfinite(held(saved, k).value)) return false;
  }
  return true;
}

bool fits(const Reaction& reaction, const ReactionState& saved) {
  const FactorBounds bounds = factor_bounds(reaction);
  return saved.factor >= bounds.low && saved.factor <= bounds.high && saved.until >= 0 &&
         saved.firings >= 0 && saved.firings <= reaction.most;
}

// Takes over what was saved into a state of the right size, whose ring begins at its oldest.
void take_over(RuleState& state, const RuleState& saved) {
  state.best = saved.best;
  state.in_a_row = saved.in_a_row;
  state.resting = saved.resting;
  state.since = saved.since;
  state.last_firing = saved.last_firing;
  for (std::size_t k = 0; k < saved.held; ++k)
    machine::remember(state, window_of(state), held(saved, k));
}

tl::unexpected<std::string> misfit(std::string text) { return tl::unexpected(std::move(text)); }

tl::unexpected<std::string> another_count(std::size_t saved, std::size_t bound, const char* what) {
  return misfit("it has " + std::to_string(saved) + " " + what + ", and the policy " +
                std::to_string(bound));
}

}  // namespace

tl::expected<RulesState, std::string> fitting(const Program& program, const RulesState& saved) {
  RulesState state = rules_at_rest(program);
  if (saved.metrics.size() != state.metrics.size())
    return another_count(saved.metrics.size(), state.metrics.size(), "metrics");
  if (saved.rules.size() != state.rules.size())
    return another_count(saved.rules.size(), state.rules.size(), "rules");
  if (saved.reactions.size() != state.reactions.size())
    return another_count(saved.reactions.size(), state.reactions.size(), "reactions");
  for (std::size_t k = 0; k < state.metrics.size(); ++k) {
    if (saved.metrics[k].name != state.metrics[k].name)
      return misfit("its metric `" + saved.metrics[k].name + "` is `" + state.metrics[k].name +
                    "` in the policy");
  }
  for (std::size_t k = 0; k < state.rules.size(); ++k) {
    if (!fits(program.rules[k], saved.rules[k]))
      return misfit("no observations lead to its rule " + std::to_string(k + 1));
    take_over(state.rules[k], saved.rules[k]);
  }
  for (std::size_t k = 0; k < state.reactions.size(); ++k) {
    if (!fits(program.reactions[k], saved.reactions[k]))
      return misfit("no observations lead to its reaction " + std::to_string(k + 1));
  }
  state.metrics = saved.metrics;
  state.reactions = saved.reactions;
  return state;
}

}  // namespace lrc::runtime
