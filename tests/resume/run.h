#pragma once
// A run of two policies with rules, the second taking over by a word, whose metrics are a function
// of the update: so it can be taken up anywhere, in any process.

#include <cstdint>
#include <vector>

#include "runtime/host/schedule.h"

namespace lrc::test {

inline constexpr std::int64_t take_over = 60;  // before this update the word is given
inline constexpr std::int64_t run_end = 160;

class TrainingRun {
 public:
  explicit TrainingRun(const runtime::Word& word);                      // from the beginning
  TrainingRun(const runtime::Word& word, const runtime::State& state);  // from where it was saved

  // Goes on to update `step`, observing, and appends the bits of all values of every update.
  void go_to(std::int64_t step, std::vector<std::uint64_t>& bits);

  [[nodiscard]] runtime::State state() const { return schedule_.state(); }
  [[nodiscard]] std::int64_t firings() const;

 private:
  void update(std::vector<std::uint64_t>& bits);

  runtime::Word word_;
  runtime::Schedule schedule_;
};

// A policy's schedule, interpreted, with groups `head` and `norms` of its own; the policy must fit.
[[nodiscard]] runtime::Schedule schedule_of(const char* text);

}  // namespace lrc::test
