#pragma once
// Which phases of a policy cannot fit, as soon as that can be told.

#include "compiler/compile/compile.h"

namespace lrc::compile {

// What the facts that the policy states itself, or any run at all, show to be an author's mistake.
[[nodiscard]] diagnostics::Issues misfits(const CompiledPolicy& policy);

// A refusal of the binder at the place of the phase it is about.
[[nodiscard]] diagnostics::Issue as_issue(const CompiledPolicy& policy,
                                          const bind::Failure& failure);

}  // namespace lrc::compile
