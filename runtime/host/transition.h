#pragma once
// The line on which values go from where they stood to those of a program (M15: `blend from S over
// D`, read at the update's end).

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "runtime/host/state.h"

namespace lrc::runtime {

// Update begin + k (0 <= k < updates) uses S + (B - S)*w, w = (k + 1)/updates rounded once, by
// lrc1_ramp: S is the start of a slot, B the program's value. From the last of them on it is B.
struct Transition {
  struct Start {
    std::uint32_t slot;
    double value;  // finite
  };
  std::int64_t begin = 0;
  std::int64_t updates = 0;
  std::vector<Start> starts = {};

  // For step >= begin: whether any value differs from the program's.
  [[nodiscard]] bool acts_at(std::int64_t step) const noexcept {
    return step - begin < updates - 1;
  }
  // From the program's values of update `step` >= begin to those that it uses. Allocates nothing;
  // the caller's modes do not matter.
  void apply(std::int64_t step, std::span<double> values) const noexcept;
};

// By names, for a record; nothing once it is over.
[[nodiscard]] SavedTransition saved(const Transition& transition, const Program& program,
                                    std::int64_t step);

// The error says why it is none of this program at `step`.
[[nodiscard]] tl::expected<Transition, std::string> fitting(const Program& program,
                                                            const SavedTransition& saved,
                                                            std::int64_t step);

}  // namespace lrc::runtime
