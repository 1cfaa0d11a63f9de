#pragma once
// The rules of a bound program at work: small bounded state machines, a pure function of the
// sequence of observations. A run can be replayed from its log to the last bit.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "runtime/host/program.h"

namespace lrc::runtime {

// The last evaluation of a metric that was taken.
struct MetricState {
  std::string name;
  bool seen = false;
  std::int64_t evaluation = 0;
  std::uint64_t bits = 0;  // of its value
  bool operator==(const MetricState&) const = default;
};

// An observation in the window of a spike, and after how many updates it was made.
struct Observed {
  std::int64_t updates = 0;
  double value = 0;
  bool operator==(const Observed&) const = default;
};

struct RuleState {
  double best = 0;             // plateau; infinite, the wrong way, before the first
  std::int64_t in_a_row = 0;   // plateau: evaluations that were not better
  std::int64_t resting = 0;    // observations that the cooldown still leaves out
  std::int64_t since = -1;     // spike: the updates of its first observation; -1: none yet
  std::vector<Observed> ring;  // spike: as long as the window
  std::size_t oldest = 0;      // in the ring
  std::size_t held = 0;
  std::int64_t last_firing = -1;  // how many updates were complete then; -1: none yet
};

struct ReactionState {
  double factor = 1;         // in [0, largest number], whatever was observed
  std::int64_t until = 0;    // with `for D`: the update from which the factor is 1 again
  std::int64_t firings = 0;  // that took effect
  bool operator==(const ReactionState&) const = default;
};

// Plain data, as large as it will ever be.
struct RulesState {
  std::vector<MetricState> metrics;      // by Program::metrics
  std::vector<RuleState> rules;          // by Program::rules
  std::vector<ReactionState> reactions;  // by Program::reactions

  // Of the last observation, not saved. As long as rules and reactions.
  std::vector<std::uint32_t> fired;
  std::vector<double> factors;
};
[[nodiscard]] RulesState rules_at_rest(const Program& program);

// All factors that a reaction can have, whatever is observed.
struct FactorBounds {
  double low, high;
};
[[nodiscard]] FactorBounds factor_bounds(const Reaction& reaction) noexcept;

// A saved state as that of these rules. The error says why it is none: another layout, or a number
// that no observation leads to.
[[nodiscard]] tl::expected<RulesState, std::string> fitting(const Program& program,
                                                            const RulesState& saved);

// The clock goes back to `updates`: windows forget what was observed later, and every metric may be
// observed again from any evaluation on. What rules did stays.
void forget_after(RulesState& state, std::int64_t updates) noexcept;

struct Observation {
  enum class Outcome : std::uint8_t {
    accepted,
    not_finite,   // accepted; changed no state but that of rules that count it
    duplicate,    // this evaluation was taken already, with the same bits
    older,        // an evaluation before the last one: dropped
    conflicting,  // the last evaluation again, with other bits: an error, and nothing changed
    unknown       // no rule observes this metric
  };
  Outcome outcome = Outcome::unknown;
  std::span<const std::uint32_t> fired;  // indices of rules; valid until the next observation
};

// The metric had this value in an evaluation when `updates` updates were complete: it acts first on
// update `updates`. The numbers of a metric's evaluations rise; all NaNs are one value. Allocates
// nothing.
[[nodiscard]] Observation observe(const Program& program, RulesState& state,
                                  std::string_view metric, double value, std::int64_t evaluation,
                                  std::int64_t updates) noexcept;

// What update `update` multiplies by, for each reaction.
void factors_at(const Program& program, const RulesState& state, std::int64_t update,
                std::span<double> factors) noexcept;

}  // namespace lrc::runtime
