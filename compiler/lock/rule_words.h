#pragma once
// A rule as a policy writes it.

#include <string>

#include "compiler/ir/program.h"

namespace lrc::lock {

[[nodiscard]] std::string rule_words(const ir::Rule& rule);

}  // namespace lrc::lock
