#pragma once
// Where a run stands, while it moves: one thread moves it, any other may take a copy at any time.
// Nobody waits for the mover; the mover waits for a copy that is being taken of what it is about to
// change, and only in an observation. No lock, and nothing is allocated but by copy.
//
// There are two copies of what observations change. One is shown; a change is made to the other,
// then that one is shown, then the change is made again to the first ("left-right", Ramalhete and
// Correia 2013).

#include <array>
#include <atomic>
#include <cstdint>

#include "runtime/host/position.h"

namespace lrc::runtime {

class LivePosition {
 public:
  explicit LivePosition(const Position& position);

  // By any thread. A moment of the run: never a clock from one and rules from another.
  [[nodiscard]] Position copy() const;
  [[nodiscard]] std::int64_t step() const noexcept { return step_.load(std::memory_order_relaxed); }

  // The rest is for the one thread that moves the run.
  [[nodiscard]] const RulesState& rules() const noexcept { return shown().rules; }
  [[nodiscard]] const Transition& transition() const noexcept { return shown().transition; }

  // Whoever sees this clock sees the observations made before it.
  void advance() noexcept { step_.store(step() + 1, std::memory_order_release); }

  // `change` is called twice, with equal rules, and must do the same both times. What it gives may
  // point into the rules, until the next change.
  template <class Change>
  auto change_rules(const Change& change) noexcept {
    const std::uint64_t next = version_.load() + 1;
    wait_for_readers(next);
    auto result = change(copies_[next % 2].rules);
    version_.store(next);
    wait_for_readers(next + 1);
    static_cast<void>(change(copies_[(next + 1) % 2].rules));
    return result;
  }

  // Nobody may be copying meanwhile.
  void replace(const Position& position);

 private:
  struct Moving {
    RulesState rules;
    Transition transition;
  };
  [[nodiscard]] const Moving& shown() const noexcept { return copies_[version_.load() % 2]; }
  void wait_for_readers(std::uint64_t version) const noexcept;

  std::array<Moving, 2> copies_;
  std::atomic<std::int64_t> step_;
  std::atomic<std::uint64_t> version_ = 0;  // its last bit says which copy is shown
  mutable std::array<std::atomic<int>, 2> readers_ = {};
  mutable std::atomic<int> process_;  // whose readers are counted: those of before a fork are gone
};

}  // namespace lrc::runtime
