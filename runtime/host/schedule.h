#pragma once
// What a trainer holds: a bound program, the function that computes it, and the run's clock.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "runtime/host/interpreter.h"
#include "runtime/host/rules.h"

namespace lrc::runtime {

// A compiled program: writes the value of every slot for update `step` to `values`
// (program.slots.size() of them); `factors` are what the rules make of each reaction, and may be
// null where there is none. Made by the compiler's LLVM backend; must outlive its users. It
// computes in the floating-point environment it is called in: Schedule sets that of lrc1.
using CompiledFunction = void (*)(std::int64_t step, double* values, const double* factors);

// What a checkpoint carries: which policy, bound to which facts, where the run's clock stands, and
// what the rules have seen.
struct State {
  Identity identity;
  std::int64_t step = 0;  // updates applied so far; the next update uses the value at `step`
  RulesState rules = {};
};

// The state as text, one `key value` a line, closed by a checksum line.
[[nodiscard]] std::string save_state(const State& state);

// Reads what save_state wrote. The error says what is wrong with the text (cut, changed, foreign).
[[nodiscard]] tl::expected<State, std::string> load_state(std::string_view text);

class Schedule {
 public:
  // Without a compiled function the interpreter is used: the bits are the same.
  explicit Schedule(Program program, CompiledFunction compiled = nullptr);

  [[nodiscard]] const Program& program() const noexcept { return interpreter_.program(); }
  [[nodiscard]] std::int64_t step() const noexcept { return step_; }

  // The values that the next update uses, one for each program().slots entry. The span stays valid
  // and unchanged until the next call. Allocates nothing. Not for several threads at once.
  [[nodiscard]] std::span<const double> values() noexcept;

  // The values that update `step` would use with rules at rest, into `values`
  // (program().slots.size() of them), wherever the clock stands. Safe from several threads. The
  // caller's rounding and flushing modes do not matter and are left as they are.
  void evaluate(std::int64_t step, std::span<double> values) const noexcept;

  // The same with what rules make of each of program().reactions: see factors_at.
  void evaluate(std::int64_t step, std::span<double> values,
                std::span<const double> factors) const noexcept;

  // A metric had this value in an evaluation after step() updates: the rules judge it, and the
  // coming update is the first that what they do acts on. Allocates nothing.
  [[nodiscard]] Observation observe(std::string_view metric, double value,
                                    std::int64_t evaluation) noexcept {
    return runtime::observe(program(), rules_, metric, value, evaluation, step_);
  }

  // An update has been applied: the clock moves on by one.
  void advance() noexcept { ++step_; }

  [[nodiscard]] State state() const { return {program().identity, step_, rules_}; }

  // Goes on where `state` stood. Refused, with an explanation for the person who reads the log,
  // when the state belongs to another policy, to other facts or to other rules; then nothing
  // changes.
  [[nodiscard]] tl::expected<void, std::string> resume(const State& state);

 private:
  Interpreter interpreter_;
  CompiledFunction compiled_;
  std::int64_t step_ = 0;
  RulesState rules_;
  std::vector<double> values_, factors_, at_rest_;
};

}  // namespace lrc::runtime
