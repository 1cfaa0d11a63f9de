#pragma once
// A policy, compiled and bound, as a schedule of the interpreter.

#include <string>

#include <tl/expected.hpp>

#include "compiler/compile/compile.h"

namespace lrc::test {

// Outside any group and in each group alone. The error is the diagnostics.
[[nodiscard]] tl::expected<runtime::Schedule, std::string> bound(source::SourcePtr source,
                                                                 const compile::FactTexts& facts);

}  // namespace lrc::test
