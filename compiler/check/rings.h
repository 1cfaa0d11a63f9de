#pragma once
// Outputs that use outputs.

#include <optional>
#include <string>
#include <vector>

#include "compiler/policy/policy.h"

namespace lrc::check {

// The names of a ring of outputs, each using the next, the first one again at the end.
[[nodiscard]] std::optional<std::vector<std::string>> find_ring(const policy::Policy& policy);

}  // namespace lrc::check
