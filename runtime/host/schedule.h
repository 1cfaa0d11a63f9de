#pragma once
// What a trainer holds: a bound program, the function that computes it, and where the run stands.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "runtime/host/interpreter.h"
#include "runtime/host/live_position.h"
#include "runtime/host/rules.h"
#include "runtime/host/state.h"
#include "runtime/host/word.h"

namespace lrc::runtime {

// A compiled program: writes the value of every slot for update `step` to `values`
// (program.slots.size() of them); `factors` are what the rules make of each reaction, and may be
// null where there is none. Made by the compiler's LLVM backend; must outlive its users. It
// computes in the floating-point environment it is called in: Schedule sets that of lrc1.
using CompiledFunction = void (*)(std::int64_t step, double* values, const double* factors);

class Schedule {
 public:
  // Without a compiled function the interpreter is used: the bits are the same. `canonical` is the
  // text that the policy's hash is of; saved states carry it where it is given and not too long.
  explicit Schedule(Program program, CompiledFunction compiled = nullptr,
                    std::string canonical = {});

  [[nodiscard]] const Program& program() const noexcept { return interpreter_.program(); }
  [[nodiscard]] std::int64_t step() const noexcept { return position_->step(); }

  // The values that the next update uses, one for each program().slots entry. The span stays valid
  // and unchanged until the next call. Allocates nothing. Not for several threads at once.
  // Now and then a call computes the updates after it, too: in one go they cost less than half.
  [[nodiscard]] std::span<const double> values() noexcept {
    if (!ahead_.holds(step())) compute_ahead();
    return ahead_.at(step());
  }

  // The values that update `step` would use with rules at rest and without a transition, into
  // `values` (program().slots.size() of them), wherever the clock stands. Safe from several
  // threads. The caller's rounding and flushing modes do not matter and are left as they are.
  void evaluate(std::int64_t step, std::span<double> values) const noexcept;

  // The same with what rules make of each of program().reactions: see factors_at.
  void evaluate(std::int64_t step, std::span<double> values,
                std::span<const double> factors) const noexcept;

  // A metric had this value in an evaluation after step() updates: the rules judge it, and the
  // coming update is the first that what they do acts on. Allocates nothing.
  [[nodiscard]] Observation observe(std::string_view metric, double value,
                                    std::int64_t evaluation) noexcept {
    const Observation observation = position_->change_rules([&](RulesState& rules) noexcept {
      return runtime::observe(program(), rules, metric, value, evaluation, step());
    });
    if (!observation.fired.empty()) ahead_.forget();
    return observation;
  }

  // An update has been applied: the clock moves on by one.
  void advance() noexcept { position_->advance(); }

  // Words that were given, this run's and those before it.
  [[nodiscard]] const History& history() const noexcept { return history_; }

  // Of one moment, while another thread may be at values, observe and advance.
  [[nodiscard]] State state() const;
  // The values of the coming update of that moment.
  [[nodiscard]] std::vector<double> coming_values(const Position& position) const;
  [[nodiscard]] Position position() const { return position_->copy(); }

  // Goes to where another machine took this very program: a position as `fitting` makes them.
  void stand_at(const Position& position);

  // Goes on from where `state` stood, with all bits as they would have been. A state of another
  // policy or of other facts is refused with a report of what would change, unless a word says how
  // to go on; then that report is the result, and the word is in the history. Without a word it is
  // empty. With an error, nothing has changed. `keep` of another program's state is `keep` below.
  [[nodiscard]] tl::expected<std::string, std::string> resume(
      const State& state, const std::optional<Word>& word = std::nullopt);

  // The word `keep`: goes on with `saved`, the program of the state's policy and facts, bound
  // again; what this schedule had is left aside. The result and the error are as above.
  [[nodiscard]] tl::expected<std::string, std::string> keep(Program saved,
                                                            CompiledFunction compiled,
                                                            const State& state);

 private:
  // The values of updates from `first` on, a row each, by what rules and transition are now. The
  // first slot stands outside any group; those behind it begin at a cache line, which saves a
  // quarter of the time of writing 64 of them by vectors.
  class Ahead {
   public:
    explicit Ahead(std::size_t slots);
    [[nodiscard]] bool holds(std::int64_t step) const noexcept {
      return static_cast<std::uint64_t>(step - first_) < held_;
    }
    // For an update that is held.
    [[nodiscard]] std::span<double> at(std::int64_t step) noexcept {
      return {rows_ + static_cast<std::size_t>(step - first_) * stride_, slots_};
    }
    // Rows for `first` and as many updates behind it as there is room for; the last of them.
    std::int64_t hold_from(std::int64_t first) noexcept;
    void forget() noexcept { held_ = 0; }

   private:
    std::size_t slots_;
    std::size_t stride_;  // from row to row
    std::int64_t most_;   // rows
    std::int64_t first_ = 0;
    std::uint64_t held_ = 0;
    std::vector<double> memory_;
    double* rows_;  // in memory_
  };

  void compute_ahead() noexcept;
  void compute(std::int64_t step, double* values, const double* factors) const noexcept;
  void evaluate_at(std::int64_t step, const RulesState& rules, const Transition& transition,
                   std::span<double> values, std::span<double> factors) const noexcept;
  [[nodiscard]] std::vector<NamedValue> values_at(const Position& position) const;
  [[nodiscard]] std::string refusal(const State& state) const;
  void note(const State& state, const Word& word);

  Interpreter interpreter_;
  CompiledFunction compiled_;
  std::string canonical_;
  std::unique_ptr<LivePosition> position_;
  History history_;
  Ahead ahead_;
  std::vector<double> factors_, at_rest_;
};

}  // namespace lrc::runtime
