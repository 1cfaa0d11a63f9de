#pragma once
// Texts of facts → values that do not contradict the policy. The same fact twice with equal values
// is fine; with different values both places are shown. A flag never overrules the policy.

#include "compiler/compile/compile.h"

namespace lrc::compile {

struct FactReading {
  std::vector<source::SourcePtr> sources;
  bind::Facts facts;
  diagnostics::Issues issues;
};
[[nodiscard]] FactReading read_facts(const CompiledPolicy& policy, const FactTexts& texts);

}  // namespace lrc::compile
