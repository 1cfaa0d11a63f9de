#pragma once
// The marks of a policy on a run.

#include "compiler/compile/compile.h"

namespace lrc::compile {

struct PlacedMark {
  const policy::Mark* mark;
  exact::Rational updates;
};

// Those that the facts place.
[[nodiscard]] std::vector<PlacedMark> placed_marks(const CompiledPolicy& policy,
                                                   const bind::Facts& facts);

// Those that these facts, or any at all, place behind the end of the run.
[[nodiscard]] diagnostics::Issues misplaced_marks(const CompiledPolicy& policy,
                                                  const bind::Facts& facts);

}  // namespace lrc::compile
