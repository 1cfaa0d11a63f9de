#include "runtime/host/schedule.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "runtime/arithmetic/environment.h"
#include "runtime/host/differences.h"
#include "runtime/host/state_layout.h"

namespace lrc::runtime {
namespace {

// So many values are computed ahead, in so many rows at most: what a first-level cache holds beside
// the trainer's own data, and enough for reading the processor's modes to cost nothing.
constexpr std::size_t values_ahead = 1024;
constexpr std::size_t rows_ahead = 16;
constexpr std::size_t line = 64 / sizeof(double);  // a cache line

}  // namespace

Schedule::Ahead::Ahead(std::size_t slots)
    : slots_(slots),
      stride_((slots + line - 1) / line * line),
      most_(static_cast<std::int64_t>(std::clamp<std::size_t>(
          values_ahead / std::max<std::size_t>(stride_, 1), 1, rows_ahead))),
      memory_(static_cast<std::size_t>(most_) * stride_ + 2 * line) {
  const std::size_t aside =
      reinterpret_cast<std::uintptr_t>(memory_.data()) / sizeof(double) % line;
  rows_ = memory_.data() + (line - aside) % line + line - 1;
}

std::int64_t Schedule::Ahead::hold_from(std::int64_t first) noexcept {
  const std::int64_t behind = std::min(most_ - 1, std::numeric_limits<std::int64_t>::max() - first);
  first_ = first;
  held_ = static_cast<std::uint64_t>(behind) + 1;
  return first + behind;
}

Schedule::Schedule(Program program, CompiledFunction compiled, std::string canonical)
    : interpreter_(std::move(program)),
      compiled_(compiled),
      canonical_(canonical.size() <= maximum_saved_canonical_bytes ? std::move(canonical)
                                                                   : std::string()),
      position_(std::make_unique<LivePosition>(Position{0, rules_at_rest(this->program())})),
      ahead_(this->program().slots.size()),
      factors_(this->program().reactions.size()),
      at_rest_(this->program().reactions.size(), 1.0) {}

// These two are inlined: what stands around the function is to cost less than the function.
inline void Schedule::compute(std::int64_t step, double* values,
                              const double* factors) const noexcept {
  if (compiled_ != nullptr)
    compiled_(step, values, factors);
  else
    interpreter_.values(step, values, factors);
}

inline void Schedule::evaluate_at(std::int64_t step, const RulesState& rules,
                                  const Transition& transition, std::span<double> values,
                                  std::span<double> factors) const noexcept {
  if (!factors.empty()) factors_at(program(), rules, step, factors);
  compute(step, values.data(), factors.data());
  if (transition.acts_at(step)) transition.apply(step, values);
}

void Schedule::evaluate(std::int64_t step, std::span<double> values,
                        std::span<const double> factors) const noexcept {
  const ArithmeticEnvironment environment;
  compute(step, values.data(), factors.data());
}

void Schedule::evaluate(std::int64_t step, std::span<double> values) const noexcept {
  evaluate(step, values, at_rest_);
}

void Schedule::compute_ahead() noexcept {
  const ArithmeticEnvironment environment;
  const std::int64_t last = ahead_.hold_from(step());
  for (std::int64_t update = step();; ++update) {
    evaluate_at(update, position_->rules(), position_->transition(), ahead_.at(update), factors_);
    if (update == last) return;
  }
}

std::vector<double> Schedule::coming_values(const Position& position) const {
  const ArithmeticEnvironment environment;
  std::vector<double> values(program().slots.size()), factors(factors_.size());
  evaluate_at(position.step, position.rules, position.transition, values, factors);
  return values;
}

std::vector<NamedValue> Schedule::values_at(const Position& position) const {
  return named_values(program(), coming_values(position));
}

State Schedule::state() const {
  const Position position = position_->copy();
  return {program().identity,
          position.step,
          position.rules,
          layout_hash(program()),
          canonical_,
          values_at(position),
          saved(position.transition, program(), position.step),
          history_};
}

std::string Schedule::refusal(const State& state) const {
  std::string text = state.identity.hash == program().identity.hash
                         ? "The saved state belongs to a run with other facts"
                         : "The saved state belongs to another policy";
  text += "; going on from it would change the schedule in the middle of the run.\n" +
          identity_differences(state, program().identity);
  if (const auto next = continued(state, program(), {Word::Kind::rebind})) {
    text += value_differences(state, state.step, values_at(next->position)) + next->notes;
  }
  return text + "Say how to go on:\n" + std::string(words_to_choose_from()) +
         "or start a new run without this state.";
}

void Schedule::stand_at(const Position& position) {
  position_->replace(position);
  ahead_.forget();
}

void Schedule::note(const State& state, const Word& word) {
  history_.add({text_of(word), state.step, state.identity.hash, state.identity.run_hash,
                program().identity.hash, program().identity.run_hash});
}

tl::expected<std::string, std::string> Schedule::resume(const State& state,
                                                        const std::optional<Word>& word) {
  const bool goes_on = !word || word->kind == Word::Kind::keep;
  if (goes_on && !is_of(state, program())) return tl::unexpected(refusal(state));
  if (goes_on) {
    auto position = position_of(state, program());
    if (!position) return tl::unexpected(std::move(position.error()));
    stand_at(*position);
    history_ = state.history;
    if (word) note(state, *word);
    return word ? text_of(*word) + ": the saved policy and facts are those in force.\n" : "";
  }
  auto next = continued(state, program(), *word);
  if (!next) return tl::unexpected(std::move(next.error()));
  stand_at(next->position);
  history_ = state.history;
  note(state, *word);
  return text_of(*word) + ":\n" + identity_differences(state, program().identity) +
         value_differences(state, step(), values_at(next->position)) + next->notes;
}

tl::expected<std::string, std::string> Schedule::keep(Program saved, CompiledFunction compiled,
                                                      const State& state) {
  Schedule kept(std::move(saved), compiled, state.canonical);
  if (!is_of(state, kept.program())) {
    return tl::unexpected(
        "The program that was bound again for `keep` is not the one of the saved "
        "state: it is " +
        described(kept.program().identity) + ", and the saved one " + described(state.identity) +
        ".");
  }
  const std::string aside = described(program().identity);
  auto resumed = kept.resume(state, Word{Word::Kind::keep});
  if (!resumed) return resumed;
  *this = std::move(kept);
  return *resumed + "  in force:   " + described(program().identity) + "\n  left aside: " + aside +
         "\n";
}

}  // namespace lrc::runtime
