#include "runtime/host/rules.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "runtime/arithmetic/environment.h"
#include "runtime/host/evaluate.h"

namespace lrc::runtime {
namespace {

using Outcome = Observation::Outcome;
using Trigger = Rule::Trigger;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double largest = std::numeric_limits<double>::max();

std::uint64_t bits_of(double value) {
  return std::bit_cast<std::uint64_t>(std::isnan(value) ? std::numeric_limits<double>::quiet_NaN()
                                                        : value);
}

// What anything is better than.
double nothing_yet(const Rule& rule) { return rule.upwards ? -infinity : infinity; }

std::size_t ring_size(const Rule& rule) {
  return rule.trigger == Trigger::spike ? static_cast<std::size_t>(rule.count) : 0;
}

std::int64_t saturated_sum(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? maximum_step : sum;
}

bool counts_everything(const Rule& rule) {
  return rule.counting || rule.trigger == Trigger::nonfinite;
}

// What better must be beyond. A share of the best's size is taken as torch takes it, in one
// product, so that exact ties are ties there and here.
double bound_of_better(const Rule& rule, double best) {
  if (!rule.relative) return rule.upwards ? best + rule.level : best - rule.level;
  const bool away_from_zero = rule.upwards == (best >= 0);
  return best * (away_from_zero ? 1 + rule.level : 1 - rule.level);
}

// Strictly better by more than the threshold. An infinite best is the one before the first, or one
// that nothing betters.
bool is_better(const Rule& rule, double value, double best) {
  const double bound = std::isinf(best) ? best : bound_of_better(rule, best);
  return rule.upwards ? value > bound : value < bound;
}

// Whether an evaluation of a plateau fires. One that is better counts as such in the cooldown, too.
bool judge_plateau(const Rule& rule, RuleState& state, double value) {
  if (is_better(rule, value, state.best)) {
    state.best = value;
    state.in_a_row = 0;
  } else {
    ++state.in_a_row;
  }
  if (state.resting > 0) {
    --state.resting;
    state.in_a_row = 0;
  }
  if (state.in_a_row < rule.count) return false;
  state.in_a_row = 0;
  state.resting = rule.cooldown;
  return true;
}

const Observed& held(const RuleState& state, std::size_t k) {
  return state.ring[(state.oldest + k) % state.ring.size()];
}

void forget_before(RuleState& state, std::int64_t updates) {
  while (state.held > 0 && state.ring[state.oldest].updates < updates) {
    state.oldest = (state.oldest + 1) % state.ring.size();
    --state.held;
  }
}

// Of a full ring the oldest goes.
void keep(RuleState& state, const Observed& observed) {
  if (state.held == state.ring.size()) {
    state.oldest = (state.oldest + 1) % state.ring.size();
    --state.held;
  }
  state.ring[(state.oldest + state.held) % state.ring.size()] = observed;
  ++state.held;
}

// Against the window before it, once there has been a whole one.
bool judge_spike(const Rule& rule, RuleState& state, double value, std::int64_t updates) {
  const std::int64_t begin = updates - rule.count;
  forget_before(state, begin);
  double sum = 0;
  for (std::size_t k = 0; k < state.held; ++k) sum += held(state, k).value;
  const double mean = sum / static_cast<double>(state.held);
  const bool whole = state.since >= 0 && state.since <= begin && state.held > 0;
  if (state.since < 0) state.since = updates;
  keep(state, {updates, value});
  return whole && mean >= 0 && value > rule.level * mean;
}

bool rested(const Rule& rule, RuleState& state, bool hit) {
  if (state.resting > 0) {
    --state.resting;
    return false;
  }
  if (hit) state.resting = rule.cooldown;
  return hit;
}

bool judge(const Rule& rule, RuleState& state, double value, std::int64_t updates) {
  switch (rule.trigger) {
    case Trigger::plateau: return judge_plateau(rule, state, value);
    case Trigger::spike: return rested(rule, state, judge_spike(rule, state, value, updates));
    case Trigger::nonfinite: return rested(rule, state, !std::isfinite(value));
    case Trigger::threshold:
      return rested(rule, state, rule.upwards ? value > rule.level : value < rule.level);
  }
  __builtin_unreachable();
}

double factor_at(const Reaction& reaction, const ReactionState& state, std::int64_t update) {
  return reaction.updates == 0 || update < state.until ? state.factor : 1.0;
}

double multiplied(double factor, const Reaction& reaction) {
  return std::min(factor * reaction.by, largest);
}

// What so many firings make of 1, or where they cannot lead beyond.
[[gnu::noinline]] double last_factor(const Reaction& reaction) {
  constexpr std::int64_t most_multiplied = 100'000;
  if (reaction.updates > 0) return reaction.by;
  if (reaction.by == 1) return 1;
  if (reaction.most > most_multiplied) return reaction.by < 1 ? 0 : largest;
  double factor = 1;
  for (std::int64_t k = 0; k < reaction.most; ++k) factor = multiplied(factor, reaction);
  return factor;
}

// The output outside any group at `update`, if the reaction multiplied by `factor`.
double value_with(const Program& program, RulesState& state, std::size_t index, double factor,
                  std::int64_t update) {
  factors_at(program, state, update, state.factors);
  state.factors[index] = factor;
  return evaluate(program, program.reactions[index].value, update, state.factors.data());
}

// What a firing does. One with `for D` is measured against the output that it leaves alone.
void react(const Program& program, RulesState& state, std::size_t index, std::int64_t updates) {
  const Reaction& reaction = program.reactions[index];
  ReactionState& now = state.reactions[index];
  if (now.firings >= reaction.most) return;
  const double before = reaction.updates > 0 ? 1.0 : now.factor;
  const double after = multiplied(before, reaction);
  if (reaction.ignored >= 0) {
    const double change = value_with(program, state, index, before, updates) -
                          value_with(program, state, index, after, updates);
    if (std::fabs(change) <= reaction.ignored) return;
  }
  now.factor = after;
  now.until = reaction.updates > 0 ? saturated_sum(updates, reaction.updates) : 0;
  ++now.firings;
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
    if (!observes(rule, metric) || updates < rule.after) continue;
    if (!std::isfinite(value) && !counts_everything(rule)) continue;
    if (!judge(rule, state.rules[k], value, updates)) continue;
    state.fired[fired++] = k;
    state.rules[k].last_firing = updates;
    for (std::uint32_t i = 0; i < rule.reactions; ++i)
      react(program, state, rule.first_reaction + i, updates);
  }
  return fired;
}

// Whether the evaluation is a new one; if so, it is the last one now.
Outcome take(MetricState& metric, double value, std::int64_t evaluation) {
  const std::uint64_t bits = bits_of(value);
  if (metric.seen && evaluation < metric.evaluation) return Outcome::older;
  if (metric.seen && evaluation == metric.evaluation)
    return bits == metric.bits ? Outcome::duplicate : Outcome::conflicting;
  metric.seen = true;
  metric.evaluation = evaluation;
  metric.bits = bits;
  return std::isfinite(value) ? Outcome::accepted : Outcome::not_finite;
}

}  // namespace

RulesState rules_at_rest(const Program& program) {
  RulesState state;
  for (const std::string& metric : program.metrics) state.metrics.push_back({metric});
  for (const Rule& rule : program.rules) {
    RuleState resting;
    if (rule.trigger == Trigger::plateau) resting.best = nothing_yet(rule);
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
  const Outcome outcome = take(state.metrics[index], value, evaluation);
  if (outcome != Outcome::accepted && outcome != Outcome::not_finite) return {outcome, {}};
  const ArithmeticEnvironment environment;
  const std::size_t fired = run_rules(program, state, index, value, updates);
  return {outcome, std::span(state.fired).first(fired)};
}

void factors_at(const Program& program, const RulesState& state, std::int64_t update,
                std::span<double> factors) noexcept {
  for (std::size_t k = 0; k < factors.size(); ++k)
    factors[k] = factor_at(program.reactions[k], state.reactions[k], update);
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
  for (std::size_t k = 0; k < saved.held; ++k) keep(state, held(saved, k));
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
