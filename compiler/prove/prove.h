#pragma once
// `require` lines: proved for every update, every set of groups and every value of a parameter in
// its range; refuted by an update and its value; or not decided, which fails, too.

#include <vector>

#include "compiler/compile/compile.h"

namespace lrc::prove {

enum class Status : std::uint8_t {
  proved,
  refuted,
  undecided,
  lacking  // a fact that it needs is not known
};

struct Verdict {
  const policy::Claim* claim;
  Status status;
  diagnostics::Issues issues;  // none when it is proved
};

// What `facts` leave open is open: a claim that is proved without a fact holds for every one.
[[nodiscard]] Verdict prove(const compile::CompiledPolicy& policy, const policy::Claim& claim,
                            const bind::Facts& facts);

}  // namespace lrc::prove
