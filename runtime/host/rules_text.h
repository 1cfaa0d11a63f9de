#pragma once
// The state of rules as lines of a saved state: every number exactly, doubles by their bits.

#include <string>
#include <string_view>

#include "runtime/host/rules.h"

namespace lrc::runtime {

// No text where there are no rules.
[[nodiscard]] std::string rules_text(const RulesState& state);

// Reads what rules_text wrote. False: something else. What fits no rule may come out: see
// `fitting`.
[[nodiscard]] bool read_rules_text(std::string_view text, RulesState& state);

}  // namespace lrc::runtime
