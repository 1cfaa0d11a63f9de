#pragma once
// Whether any run at all can hold the phases of a policy, before one is known.

#include "compiler/bind/bind.h"

namespace lrc::bind {

// Phases that leave a gap or overrun whatever the run: shares that do not add up to it. Nothing
// where some run fits, or a parameter decides.
[[nodiscard]] std::optional<Failure> never_fits(const ir::Program& program);

}  // namespace lrc::bind
