#pragma once
// What the kernel at the head of a graph does to a block: counts the update before, lets the rules
// judge metrics that have come, and writes the values of the coming update. The first thread does
// all but the values. Compiled to bitcode for GPUs, and for the host where a test compares it with
// Schedule; nothing here needs a library.
//
// A Policy gives, of the program that the block was laid out for:
//   double value(int64_t step, uint32_t slot, const double* factors)
//   double reaction(uint32_t reaction, int64_t step, const double* factors)   Reaction::value
//   static constexpr bool has_rules   without any, no metric is looked at
// and Threads:
//   uint32_t index, count
//   void meet()     what threads wrote before it, all of them read behind it
//   void publish()  what this thread wrote before it, whoever sees what it writes behind it sees

#include "runtime/arithmetic/arithmetic.h"
#include "runtime/cuda/block.h"
#include "runtime/host/rule_machine.h"

namespace lrc::cuda {

template <class Policy, class Threads>
class Update {
 public:
  Update(Block* block, const Policy& policy, const Threads& threads)
      : block_(*block), policy_(policy), threads_(threads) {}

  // Without `evaluate` the block is brought up to what has happened, and nothing begins: a copy of
  // it goes on as the block itself would.
  void run(bool evaluate) {
    if (threads_.index == 0) {
      settle();
      if constexpr (Policy::has_rules) observe_all();
      if (evaluate) {
        write_factors(part<double>(block_.factors));
        block_.pending = 1;
      }
    }
    threads_.meet();
    if (!evaluate) return;
    for (uint32_t slot = threads_.index; slot < block_.slots; slot += threads_.count)
      write_value(slot);
  }

 private:
  template <class Element>
  Element* part(uint64_t offset) {
    return reinterpret_cast<Element*>(reinterpret_cast<char*>(&block_) + offset);
  }

  void settle() {
    if (block_.pending == 0) return;
    block_.pending = 0;
    block_.samples += block_.samples_each;
    block_.tokens += block_.tokens_each;
    if (was_skipped()) {
      ++block_.skipped;
      publish(tell(Event::Kind::skipped, 0, 0));
    } else {
      ++block_.step;
    }
  }

  // NaN counts as what is not 0.
  bool was_skipped() const {
    return block_.found_inf != 0 && *reinterpret_cast<const float*>(block_.found_inf) != 0;
  }

  void observe_all() {
    for (uint32_t k = 0; k < block_.metrics; ++k) observe(k, part<Metric>(block_.metric)[k]);
  }

  void observe(uint32_t index, Metric& metric) {
    using runtime::machine::Taken;
    const int64_t given = metric.given;
    if (given < 0) return;
    const double value = metric.value;
    const Taken taken = runtime::machine::take(metric, value, given);
    // Every update finds the metric as the one before it left it.
    if (taken == Taken::duplicate) return;
    const bool repeated = metric.conflict != 0;
    metric.conflict = taken == Taken::conflicting || taken == Taken::older;
    if (metric.conflict != 0 && repeated) return;
    Event& event = tell(Event::Kind::observation, index, given);
    event.outcome = static_cast<uint32_t>(taken);
    event.value = value;
    publish(event);
    if (metric.conflict == 0) run_rules(index, value, given);
  }

  void run_rules(uint32_t metric, double value, int64_t evaluation) {
    using runtime::machine::judge;
    const Rule* rules = part<Rule>(block_.rule);
    for (uint32_t k = 0; k < block_.rules; ++k) {
      if (!observes(rules[k], metric)) continue;
      RuleState& state = part<RuleState>(block_.rule_state)[k];
      const runtime::machine::Window<Observed> window = {
          part<Observed>(block_.observed) + rules[k].first_observed, rules[k].window};
      if (!judge(rules[k], state, window, value, block_.step)) continue;
      state.last_firing = block_.step;
      for (uint32_t i = 0; i < rules[k].reactions; ++i) react(rules[k].first_reaction + i);
      publish(tell(Event::Kind::firing, k, evaluation));
    }
  }

  bool observes(const Rule& rule, uint32_t metric) {
    const uint32_t* watched = part<uint32_t>(block_.watched) + rule.first_metric;
    for (uint32_t k = 0; k < rule.metrics; ++k)
      if (watched[k] == metric) return true;
    return false;
  }

  void react(uint32_t index) {
    double* tried = part<double>(block_.tried);
    const auto value_with = [&](double factor) {
      write_factors(tried);
      tried[index] = factor;
      return policy_.reaction(index, block_.step, tried);
    };
    runtime::machine::react(part<Reaction>(block_.reaction)[index],
                            part<ReactionState>(block_.reaction_state)[index], block_.step,
                            value_with);
  }

  void write_factors(double* factors) {
    const Reaction* reactions = part<Reaction>(block_.reaction);
    const ReactionState* states = part<ReactionState>(block_.reaction_state);
    for (uint32_t k = 0; k < block_.reactions; ++k)
      factors[k] = runtime::machine::factor_at(reactions[k], states[k], block_.step);
  }

  void write_value(uint32_t slot) {
    double value = policy_.value(block_.step, slot, part<double>(block_.factors));
    const int64_t gone = block_.step - block_.transition_begin;
    if (gone < block_.transition_updates - 1) value = on_the_way(slot, value, gone);
    part<double>(block_.values64)[slot] = value;
    part<float>(block_.values32)[slot] = static_cast<float>(value);
  }

  // As runtime::Transition::apply.
  double on_the_way(uint32_t slot, double value, int64_t gone) {
    const double start = part<double>(block_.starts)[slot];
    if (start != start) return value;
    const double share = lrc1_quotient(static_cast<lrc1_wide>(gone) + 1,
                                       static_cast<lrc1_wide>(block_.transition_updates));
    return lrc1_ramp(start, value, share, share);
  }

  // The entry is not whole before publish().
  Event& tell(Event::Kind kind, uint32_t subject, int64_t evaluation) {
    Event& event = part<Event>(block_.event)[block_.told & (block_.events - 1)];
    event.number = 0;
    threads_.publish();
    event.kind = kind;
    event.outcome = 0;
    event.subject = subject;
    event.update = block_.step;
    event.evaluation = evaluation;
    event.value = 0;
    return event;
  }

  void publish(Event& event) {
    threads_.publish();
    event.number = ++block_.told;
  }

  Block& block_;
  const Policy& policy_;
  const Threads& threads_;
};

}  // namespace lrc::cuda
