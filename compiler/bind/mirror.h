#pragma once
// A curve turned upside down: `mirror lr between L and H` (M10).

#include "compiler/bind/environment.h"

namespace lrc::bind {

// The phases of `timeline` with their extents, shapes and readings: what rises there goes to `low`,
// what falls goes to `high`. `output` is the one whose peak its levels are shares of.
[[nodiscard]] ir::Timeline mirrored(const ir::Timeline& timeline, const ir::Level& low,
                                    const ir::Level& high, const Environment& environment,
                                    const std::string& output);

}  // namespace lrc::bind
