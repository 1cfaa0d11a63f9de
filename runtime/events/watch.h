#pragma once
// Notices what a run passes through, and tells it to a ring: phases, ends of clamps, an lr of 0
// that nobody asked for, the end. Nothing here allocates behind the constructor.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/events/ring.h"
#include "runtime/host/program.h"

namespace lrc::runtime {

// `program` must outlive it.
class Watch {
 public:
  // `updates` is the length of the run as planned: maximum_step where it has no end.
  Watch(const Program& program, std::int64_t updates);

  // The run begins, or goes on from a record, at `step`: tells the phases that it is in.
  void begin(std::int64_t step, Ring& ring) noexcept;

  // The clock stands at `step` now, one further. One comparison where nothing changes.
  void advanced(std::int64_t step, Ring& ring) noexcept {
    if (step >= next_) passed(step, ring);
  }

  // These are the values of update `step`, by slot. Looks at the slots that have a clamp, and at
  // lr.
  void valued(std::int64_t step, std::span<const double> values, Ring& ring) noexcept;

 private:
  void passed(std::int64_t step, Ring& ring) noexcept;
  void clamps(std::int64_t step, std::span<const double> values, Ring& ring) noexcept;
  [[nodiscard]] bool frozen(std::uint32_t slot, std::int64_t step) const noexcept;
  [[nodiscard]] bool asked_for_zero(std::int64_t step) const noexcept;

  const Program& program_;
  std::int64_t updates_;
  std::int64_t next_ = 0;               // the first step at which something changes
  std::vector<std::uint32_t> phases_;   // by output: the index of its phase, or none
  std::vector<std::uint32_t> clamped_;  // slots
  std::vector<Event::Clamp> at_;        // by clamped_
  std::vector<double> at_rest_;         // factors
  std::uint32_t lr_ = Event::none;      // its slot outside groups
  bool told_zero_ = false, ended_ = false;
};

// The firing of a rule in this evaluation, then each of its signals, to `push`.
template <class Push>
void tell_firing(const Program& program, std::uint32_t rule, std::int64_t evaluation,
                 std::int64_t update, const Push& push) {
  Event event;
  event.kind = Event::Kind::firing;
  event.update = update;
  event.subject = rule;
  event.evaluation = evaluation;
  push(event);
  event.kind = Event::Kind::signal;
  for (std::size_t k = 0; k < program.rules[rule].signals.size(); ++k) {
    event.count = static_cast<std::int64_t>(k);
    push(event);
  }
}

// Tells an observation, the rules that it made fire and their signals. `metric` is how the trainer
// called it; `update` the coming update.
void tell(const Program& program, std::string_view metric, double value, std::int64_t evaluation,
          std::int64_t update, const Observation& seen, Ring& ring) noexcept;

}  // namespace lrc::runtime
