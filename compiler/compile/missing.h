#pragma once
// The facts that a run must still bring, in the words of whoever wrote the policy.

#include <set>
#include <string>
#include <vector>

#include "compiler/compile/compile.h"

namespace lrc::compile {

// One issue for each missing fact, at the first quantity of these outputs and groups that needs it.
[[nodiscard]] diagnostics::Issues missing_facts(const CompiledPolicy& policy,
                                                const bind::Facts& facts,
                                                const std::set<std::string>& outputs,
                                                const std::vector<runtime::GroupSet>& group_sets);

// The same of other needs than those of the policy.
[[nodiscard]] diagnostics::Issues missing_facts(const CompiledPolicy& policy,
                                                std::vector<policy::Need> needs,
                                                const bind::Facts& facts,
                                                const std::set<std::string>& outputs,
                                                const std::vector<runtime::GroupSet>& group_sets);

}  // namespace lrc::compile
