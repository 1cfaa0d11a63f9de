#pragma once
// The phases of a bound policy as rows: their own words, places, and levels at both ends.

#include <optional>
#include <string>
#include <vector>

#include "compiler/picture/view.h"

namespace lrc::picture {

struct PhaseRow {
  std::string words;
  exact::Rational start;               // in updates
  std::optional<exact::Rational> end;  // none: goes on for ever
  double level_start = 0;              // of the curve there, before groups and clamps
  std::optional<double> level_end;
  bool read_at_end = false;  // of each update; else at its start
  std::string cycles;        // of a repeat: how many, and whether the last is cut
};

struct OutputPhases {
  std::string output;
  std::string group;  // whose own schedule this is; empty: the policy's
  // One timeline, or the operands of `min` and `max`.
  std::vector<std::vector<PhaseRow>> timelines;
  std::optional<double> peak;  // none: no level is a share of one, or it is not known
  bool in_shares = false;      // levels are in x: the peak is not known
};

// Every output of the policy, then what groups assign. `view` must have all outputs bound.
[[nodiscard]] std::vector<OutputPhases> phases_of(const compile::CompiledPolicy& policy,
                                                  const View& view);

}  // namespace lrc::picture
