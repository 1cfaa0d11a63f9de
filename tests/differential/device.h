#pragma once
// The code of a GPU, translated for this machine.

#include "tests/differential/backends.h"

namespace lrc::differential {

// The values are those of NAME_values. Throws where another function disagrees: NAME_eval of a
// slot, NAME_update of a block that stands at a point, NAME_reaction of what a rule asks for.
[[nodiscard]] Results device_objects(std::span<const Task> tasks);

}  // namespace lrc::differential
