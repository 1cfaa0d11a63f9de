#pragma once
// Which groups may apply to one parameter together. No one knows the parameters before a trainer
// binds, so every name that the patterns allow counts.

#include <optional>
#include <string>
#include <vector>

#include "compiler/ir/program.h"
#include "runtime/host/program.h"

namespace lrc::prove {

// Every set of the groups that change an output of the program and could meet in one parameter: any
// two of them overlap, and each output is assigned at most once (twice is an error at bind). The
// first is empty. Nothing when there are more than `most`.
[[nodiscard]] std::optional<std::vector<runtime::GroupSet>> sets_that_meet(
    const ir::Program& program, std::size_t most);

}  // namespace lrc::prove
