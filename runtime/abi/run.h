#pragma once
// lrc_run: a bound program with its clock and its state, and the names that a trainer knows it by.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/abi/compiler.h"
#include "runtime/abi/policy.h"
#include "runtime/artifact/native_code.h"
#include "runtime/events/ring.h"
#include "runtime/events/watch.h"
#include "runtime/host/schedule.h"

namespace lrc::abi {

// A program ready to be evaluated.
struct BoundProgram {
  runtime::Program program;
  std::string canonical = {};
  runtime::CompiledFunction function = nullptr;            // null: the interpreter
  std::optional<runtime::NativeCode> code = std::nullopt;  // that the function lies in
  std::vector<std::uint32_t> group_of_name = {};   // by name, an index into Program::group_sets
  std::shared_ptr<const Policy> policy = nullptr;  // that it was bound from
};

struct BindRequest {
  FactTexts facts;
  std::vector<std::string> names;
  lrc_backend backend = LRC_FASTEST;
};
[[nodiscard]] Result<BoundProgram> bind(std::shared_ptr<const Policy> policy,
                                        const BindRequest& request);

// The bits of an output in all groups, for LRC_RUN_AGREEMENT; of `values`, by slot.
[[nodiscard]] std::string values_told(const runtime::Program& program,
                                      std::span<const double> values, std::size_t output);

class Run {
 public:
  explicit Run(BoundProgram bound);
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  [[nodiscard]] const runtime::Program& program() const { return schedule_.program(); }
  [[nodiscard]] runtime::Schedule& schedule() { return schedule_; }
  [[nodiscard]] const runtime::Schedule& schedule() const { return schedule_; }
  [[nodiscard]] const std::vector<std::uint32_t>& group_of_name() const { return group_of_name_; }
  // That the run was bound from; null where it came as text.
  [[nodiscard]] const runtime::Artifact* artifact() const {
    return policy_ == nullptr ? nullptr : policy_->artifact();
  }

  [[nodiscard]] std::string text(lrc_run_text what) const;
  [[nodiscard]] std::string agreement() const;
  [[nodiscard]] std::string update_line() const;
  [[nodiscard]] std::string group_name(std::size_t group) const;  // "norms+head"

  // Of the coming update, computed once for each. Allocates nothing.
  [[nodiscard]] std::span<const double> values() noexcept;
  // One slot, rules at rest, at first, first + stride, …: all of them updates.
  struct Place {
    std::size_t output, group;
  };
  void evaluate_range(Place place, std::int64_t first, std::int64_t stride,
                      std::span<double> values) const;

  void advance() noexcept;
  runtime::Observation observe(std::string_view metric, double value,
                               std::int64_t evaluation) noexcept;

  // Where a device took this very program. Phases that it passed are told as they are there.
  void go_to(const runtime::Position& position);

  // As lrc.h says.
  [[nodiscard]] Result<std::monostate> load(std::string_view record,
                                            const std::optional<std::string>& word);
  [[nodiscard]] Result<std::monostate> load_file(const std::string& path,
                                                 const std::optional<std::string>& word);
  [[nodiscard]] Result<std::monostate> save_file(const std::string& path);
  void disagree(std::int64_t rank, std::string_view what) noexcept;
  [[nodiscard]] std::string explain(std::int64_t step) const;

  // The oldest event as a line, or nothing; by one thread, which may be another than the trainer's.
  [[nodiscard]] std::string event_line() const;
  void drop_event() noexcept;

 private:
  [[nodiscard]] Result<std::monostate> load(const runtime::State& state, std::int64_t older,
                                            const std::optional<std::string>& word);
  void note_transition(const runtime::Transition& transition);
  void tell_load(runtime::Event event, bool fine, std::string_view word) noexcept;
  [[nodiscard]] Result<std::string> resume(const runtime::State& state,
                                           const std::optional<runtime::Word>& word);
  [[nodiscard]] Result<std::string> keep(const runtime::State& state);
  [[nodiscard]] Result<std::monostate> same_trainer(const Description& saved) const;

  std::shared_ptr<const Policy> policy_;
  std::optional<runtime::NativeCode> code_;
  std::vector<std::uint32_t> group_of_name_;
  bool native_;
  runtime::Schedule schedule_;
  runtime::Ring events_;                 // of the program that is in force
  std::deque<std::string> earlier_;      // events of a program before it, as lines
  std::optional<runtime::Watch> watch_;  // of the program that is in force
  std::int64_t settled_ = 0;             // from here on no transition acts
  std::string report_;                   // of the last word
  std::span<const double> values_;       // empty: not computed yet
};

}  // namespace lrc::abi

// The handle that C holds.
struct lrc_run {
  lrc::abi::Run run;
};
