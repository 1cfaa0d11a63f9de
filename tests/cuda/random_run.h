#pragma once
// Random metrics of a run, and random words for going on.

#include <cstdint>
#include <limits>
#include <random>

#include "runtime/host/schedule.h"

namespace lrc::test {

class RandomRun {
 public:
  explicit RandomRun(std::uint64_t seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t count) { return random_() % count; }
  bool one_in(std::uint64_t count) { return below(count) == 0; }

  // Mostly tame, so that windows and plateaus have something to judge.
  double metric() {
    switch (below(12)) {
      case 0: return std::numeric_limits<double>::quiet_NaN();
      case 1: return -std::numeric_limits<double>::infinity();
      case 2: return 1e300;
      case 3: return 0;
      default: return static_cast<double>(below(1000)) / 37;
    }
  }

  // Moves on, observing: evaluations are numbered on from `evaluation`.
  void move(runtime::Schedule& schedule, std::int64_t updates, std::int64_t& evaluation) {
    for (std::int64_t k = 0; k < updates; ++k) {
      for (const std::string& name : schedule.program().metrics) {
        if (one_in(3)) (void)schedule.observe(name, metric(), evaluation++);
      }
      schedule.advance();
    }
  }

  // Any word that goes on from `saved` in the schedule of the same policy.
  runtime::Word word(const runtime::State& saved) {
    using Kind = runtime::Word::Kind;
    switch (below(4)) {
      case 0: return {Kind::rewarm, static_cast<std::int64_t>(1 + below(40))};
      case 1: return {Kind::blend, static_cast<std::int64_t>(1 + below(40))};
      case 2:
        return {Kind::rewind,
                static_cast<std::int64_t>(below(static_cast<std::uint64_t>(saved.step) + 1))};
      default: return {Kind::rebind};
    }
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace lrc::test
