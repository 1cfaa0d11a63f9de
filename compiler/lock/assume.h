#pragma once
// The facts that a comparison of two policies sets where a policy leaves them open.

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/bind/bind.h"

namespace lrc::lock {

inline constexpr std::int64_t assumed_run = 10'000;  // steps
inline constexpr std::int64_t assumed_epoch = 100;   // steps

// What is set for a comparison. The first try is the default; a longer run or a larger batch
// follows only where the phases do not fit it.
struct Setting {
  std::int64_t run = assumed_run;  // steps
  std::int64_t batch = 1;          // samples a step
  std::int64_t epoch = assumed_epoch;
  bool always_run = false;  // set the run where nothing needs it, too
};

struct Assumptions {
  bind::Facts facts;
  // `peak 1`, `batch 1 sample`, …: all but the run, which the comparison says itself.
  std::vector<std::string> words;
};

// Peak 1, a batch, one token a sample, an epoch of steps, parameters at their defaults;
// only what the program needs and does not state. A parameter without a default has that of
// `other`, which the program is compared with, or else a value that both allow.
[[nodiscard]] Assumptions assume(const ir::Program& program, const ir::Program& other,
                                 const Setting& setting);

// `10,000`
[[nodiscard]] std::string grouped(std::int64_t number);

}  // namespace lrc::lock
