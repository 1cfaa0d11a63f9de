#pragma once
// A value for a parameter that the policy leaves open, for whoever shows the policy before a run
// has chosen one.

#include <string>

#include "compiler/ir/program.h"

namespace lrc::bind {

// The lower end of its range; without one, a value that is usual for its type.
[[nodiscard]] exact::Rational stand_in(const ir::Parameter& parameter);

// A value of the parameter as `--set` and a declaration write it: `0.01x`, `20%`, `1000 steps`.
[[nodiscard]] std::string written(const ir::Parameter& parameter, const exact::Rational& value);

}  // namespace lrc::bind
