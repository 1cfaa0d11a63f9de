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
  [[nodiscard]] std::span<const double> values() noexcept;

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
    return position_->change_rules([&](RulesState& rules) noexcept {
      return runtime::observe(program(), rules, metric, value, evaluation, step());
    });
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
  std::vector<double> values_, factors_, at_rest_;
};

}  // namespace lrc::runtime
