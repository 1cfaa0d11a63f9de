#pragma once
// `from P at step N`: what another policy of the same folder tree uses at an update.

#include "compiler/check/library.h"
#include "compiler/compile/compile.h"

namespace lrc::compile {

// Compiles P.lrp in the folder of `policy` or below it, binds what its own file states and
// evaluates. Each P is compiled once. `depth` is how many policies lead here by their levels.
[[nodiscard]] check::LevelOf levels_of(const source::Source& policy, std::size_t depth);

// compile() of a policy that others start from.
[[nodiscard]] Compilation compile_branch(source::SourcePtr source, std::size_t depth);

}  // namespace lrc::compile
