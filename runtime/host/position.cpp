#include "runtime/host/position.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "runtime/host/state_layout.h"

namespace lrc::runtime {
namespace {

using Kind = Word::Kind;
using Failure = std::optional<std::string>;

// Rules go on where they mean the same; otherwise they start at rest, and `notes` says so.
RulesState carried_rules(const State& state, const Program& program, std::string& notes) {
  if (program.rules.empty() && state.rules.rules.empty()) return rules_at_rest(program);
  if (state.layout_hash != layout_hash(program)) {
    notes += "The rules are others than those of the saved state: they start at rest.\n";
    return rules_at_rest(program);
  }
  auto rules = fitting(program, state.rules);
  if (rules) {
    notes += "The rules go on from what they have seen.\n";
    return std::move(*rules);
  }
  notes += "The rules start at rest, because the saved ones do not fit: " + rules.error() + ".\n";
  return rules_at_rest(program);
}

std::string label(const NamedValue& value) {
  return value.groups.empty() ? value.output : value.output + " in " + value.groups;
}

// Outputs that begin at a value of their own; every one of lr at 0.
Failure begin_rewarm(const Program& program, Transition& transition) {
  for (std::uint32_t slot = 0; slot < program.slots.size(); ++slot) {
    if (program.outputs[program.slots[slot].output] == "lr") transition.starts.push_back({slot, 0});
  }
  if (transition.starts.empty()) return "`rewarm` needs the output lr, which the policy lacks.";
  return std::nullopt;
}

// Frozen parameters have no gradients perhaps, and their lr is 0 as promised.
bool is_frozen(const Program& program, const Slot& slot, std::int64_t step) {
  return program.outputs[slot.output] == "lr" && slot.group_set < program.frozen_until.size() &&
         step < program.frozen_until[slot.group_set];
}

// Why a slot does not blend, or nothing and its start.
Failure start_of(const State& state, const ByName& before, const Program& program,
                 std::uint32_t slot, double& start) {
  const auto partner = before.find(named(program, slot, 0));
  if (!partner) return "it was not there before";
  start = state.values[*partner].value;
  if (!std::isfinite(start)) return "it was not finite before";
  if (is_frozen(program, program.slots[slot], state.step)) return "its parameters are frozen";
  return std::nullopt;
}

// What does not blend is listed until there are too many.
Failure begin_blend(const State& state, const Program& program, Transition& transition,
                    std::string& notes) {
  constexpr std::size_t maximum_listed = 20;
  const ByName before(state.values);
  std::size_t at_once = 0;
  for (std::uint32_t slot = 0; slot < program.slots.size(); ++slot) {
    double start = 0;
    const Failure why = start_of(state, before, program, slot, start);
    if (!why)
      transition.starts.push_back({slot, start});
    else if (at_once++ < maximum_listed)
      notes += label(named(program, slot, 0)) + " takes its value at once: " + *why + ".\n";
  }
  if (at_once > maximum_listed)
    notes += std::to_string(at_once - maximum_listed) + " more take their values at once.\n";
  if (transition.starts.empty()) return "`blend` needs an output that both policies have.";
  return std::nullopt;
}

// One that begins behind the place is none there.
Transition rewound(const State& state, const Program& program, std::int64_t step,
                   std::string& notes) {
  if (!is_of(state, program) || state.transition == SavedTransition{}) return {};
  auto transition = fitting(program, state.transition, state.step);
  if (transition && transition->begin <= step) return std::move(*transition);
  notes += "The transition of the saved state is left out: it begins later.\n";
  return {};
}

Failure rewind(const State& state, const Program& program, std::int64_t to,
               Continuation& continuation) {
  if (to > state.step) {
    return "`rewind to " + std::to_string(to) +
           "` leads forward: the saved state stands at update " + std::to_string(state.step) + ".";
  }
  Position& position = continuation.position;
  position.step = to;
  forget_after(position.rules, to);
  position.transition = rewound(state, program, to, continuation.notes);
  return std::nullopt;
}

// What is particular to a word.
Failure act(const State& state, const Program& program, const Word& word,
            Continuation& continuation) {
  Transition& transition = continuation.position.transition;
  if (word.kind == Kind::rewind) return rewind(state, program, word.count, continuation);
  if (word.kind != Kind::rewarm && word.kind != Kind::blend) return std::nullopt;
  transition.begin = state.step;
  transition.updates = word.count;
  return word.kind == Kind::rewarm ? begin_rewarm(program, transition)
                                   : begin_blend(state, program, transition, continuation.notes);
}

tl::unexpected<std::string> unfit(const char* what, const std::string& why) {
  return tl::unexpected("The saved state does not fit the " + std::string(what) +
                        " of the policy: " + why + ".");
}

Failure wrong_clock(const State& state) {
  if (state.step >= 0) return std::nullopt;
  return "The saved state stands at update " + std::to_string(state.step) +
         ", and counting begins at 0.";
}

}  // namespace

bool is_of(const State& state, const Program& program) noexcept {
  return state.identity.hash == program.identity.hash &&
         state.identity.run_hash == program.identity.run_hash;
}

tl::expected<Position, std::string> position_of(const State& state, const Program& program) {
  if (auto wrong = wrong_clock(state)) return tl::unexpected(std::move(*wrong));
  auto rules = fitting(program, state.rules);
  if (!rules) return unfit("rules", rules.error());
  auto transition = fitting(program, state.transition, state.step);
  if (!transition) return unfit("outputs", transition.error());
  return Position{state.step, std::move(*rules), std::move(*transition)};
}

tl::expected<Continuation, std::string> continued(const State& state, const Program& program,
                                                  const Word& word) {
  if (auto wrong = wrong_clock(state)) return tl::unexpected(std::move(*wrong));
  Continuation continuation;
  continuation.position.step = state.step;
  continuation.position.rules = carried_rules(state, program, continuation.notes);
  if (auto why = act(state, program, word, continuation)) return tl::unexpected(std::move(*why));
  return continuation;
}

}  // namespace lrc::runtime
