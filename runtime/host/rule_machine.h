#pragma once
// The rules' state machines (M11), as one text for the host and for GPUs: templates over how rules
// and their states are kept (runtime/host/rules.h, runtime/cuda/block.h). Included by device code:
// nothing here needs a library, and every operation on numbers is rounded on its own.

#include <stdint.h>

namespace lrc::runtime::machine {

inline constexpr int64_t maximum_update = INT64_MAX;
inline constexpr double largest = 0x1.fffffffffffffp+1023;

inline bool is_finite(double value) { return __builtin_fabs(value) <= largest; }
inline double infinity() { return __builtin_huge_val(); }

// All NaNs are one value.
inline uint64_t bits_of(double value) {
  if (value != value) return 0x7ff8000000000000;
  uint64_t bits = 0;
  __builtin_memcpy(&bits, &value, sizeof bits);
  return bits;
}

inline int64_t saturated_sum(int64_t a, int64_t b) {
  return b > 0 && a > maximum_update - b ? maximum_update : a + b;
}

// What anything is better than.
template <class Rule>
double nothing_yet(const Rule& rule) {
  return rule.upwards ? -infinity() : infinity();
}

template <class Rule>
bool counts_everything(const Rule& rule) {
  return rule.counting || rule.trigger == Rule::Trigger::nonfinite;
}

// What better must be beyond. A share of the best's size is taken as torch takes it, in one
// product, so that exact ties are ties there and here.
template <class Rule>
double bound_of_better(const Rule& rule, double best) {
  if (!rule.relative) return rule.upwards ? best + rule.level : best - rule.level;
  const bool away_from_zero = static_cast<bool>(rule.upwards) == (best >= 0);
  return best * (away_from_zero ? 1 + rule.level : 1 - rule.level);
}

// Strictly better by more than the threshold. An infinite best is the one before the first, or one
// that nothing betters.
template <class Rule>
bool is_better(const Rule& rule, double value, double best) {
  const double bound = is_finite(best) ? bound_of_better(rule, best) : best;
  return rule.upwards ? value > bound : value < bound;
}

// Whether an evaluation of a plateau fires. One that is better counts as such in the cooldown, too.
template <class Rule, class State>
bool judge_plateau(const Rule& rule, State& state, double value) {
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

// A window is `ring[0 .. size)`, of which `held` are taken from the oldest on, in a circle.
template <class Observed>
struct Window {
  Observed* ring;
  uint64_t size;

  // What is `place` behind the beginning, less than twice around: a remainder is slow on a GPU.
  uint64_t around(uint64_t place) const { return place < size ? place : place - size; }
};

template <class State, class Observed>
void forget_before(State& state, Window<Observed> window, int64_t updates) {
  while (state.held > 0 && window.ring[state.oldest].updates < updates) {
    state.oldest = window.around(state.oldest + 1);
    --state.held;
  }
}

// Of a full ring the oldest goes.
template <class State, class Observed>
void remember(State& state, Window<Observed> window, const Observed& observed) {
  if (state.held == window.size) {
    state.oldest = window.around(state.oldest + 1);
    --state.held;
  }
  window.ring[window.around(state.oldest + state.held)] = observed;
  ++state.held;
}

// Against the window before it, once there has been a whole one.
template <class Rule, class State, class Observed>
bool judge_spike(const Rule& rule, State& state, Window<Observed> window, double value,
                 int64_t updates) {
  const int64_t begin = updates - rule.count;
  forget_before(state, window, begin);
  double sum = 0;
#ifdef __NVPTX__
#pragma clang loop unroll(disable)  // each copy would wait for the one before it
#endif
  for (uint64_t k = 0; k < state.held; ++k)
    sum += window.ring[window.around(state.oldest + k)].value;
  const double mean = sum / static_cast<double>(state.held);
  const bool whole = state.since >= 0 && state.since <= begin && state.held > 0;
  if (state.since < 0) state.since = updates;
  remember(state, window, Observed{updates, value});
  return whole && mean >= 0 && value > rule.level * mean;
}

template <class Rule, class State>
bool rested(const Rule& rule, State& state, bool hit) {
  if (state.resting > 0) {
    --state.resting;
    return false;
  }
  if (hit) state.resting = rule.cooldown;
  return hit;
}

// Whether the rule fires at this value, observed when `updates` updates were complete.
template <class Rule, class State, class Observed>
bool judge(const Rule& rule, State& state, Window<Observed> window, double value, int64_t updates) {
  if (updates < rule.after) return false;
  if (!is_finite(value) && !counts_everything(rule)) return false;
  switch (rule.trigger) {
    case Rule::Trigger::plateau: return judge_plateau(rule, state, value);
    case Rule::Trigger::spike:
      return rested(rule, state, judge_spike(rule, state, window, value, updates));
    case Rule::Trigger::nonfinite: return rested(rule, state, !is_finite(value));
    case Rule::Trigger::threshold:
      return rested(rule, state, rule.upwards ? value > rule.level : value < rule.level);
  }
  __builtin_unreachable();
}

template <class Reaction, class State>
double factor_at(const Reaction& reaction, const State& state, int64_t update) {
  return reaction.updates == 0 || update < state.until ? state.factor : 1.0;
}

template <class Reaction>
double multiplied(double factor, const Reaction& reaction) {
  const double product = factor * reaction.by;
  return product < largest ? product : largest;
}

// What a firing does. One with `for D` is measured against the output that it leaves alone.
// `value_with` gives the output outside any group at `updates` if the reaction multiplied by what
// it is given.
template <class Reaction, class State, class ValueWith>
void react(const Reaction& reaction, State& now, int64_t updates, const ValueWith& value_with) {
  if (now.firings >= reaction.most) return;
  const double before = reaction.updates > 0 ? 1.0 : now.factor;
  const double after = multiplied(before, reaction);
  if (reaction.ignored >= 0) {
    const double change = value_with(before) - value_with(after);
    if (__builtin_fabs(change) <= reaction.ignored) return;
  }
  now.factor = after;
  now.until = reaction.updates > 0 ? saturated_sum(updates, reaction.updates) : 0;
  ++now.firings;
}

// As runtime::Observation::Outcome numbers them.
enum class Taken : uint32_t { accepted, not_finite, duplicate, older, conflicting };

// Whether the evaluation is a new one; if so, it is the last one now. `metric` has `seen`,
// `evaluation` and `bits` of the last one.
template <class Metric>
Taken take(Metric& metric, double value, int64_t evaluation) {
  const uint64_t bits = bits_of(value);
  if (metric.seen && evaluation < metric.evaluation) return Taken::older;
  if (metric.seen && evaluation == metric.evaluation)
    return bits == metric.bits ? Taken::duplicate : Taken::conflicting;
  metric.seen = 1;
  metric.evaluation = evaluation;
  metric.bits = bits;
  return is_finite(value) ? Taken::accepted : Taken::not_finite;
}

}  // namespace lrc::runtime::machine
