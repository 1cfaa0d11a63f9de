#pragma once
// torch's ChainedScheduler with a cosine in it. Every scheduler multiplies what it finds, but the
// cosine multiplies what lies above its floor, and behind each of its lowest points it starts from
// the base rate again, whatever the others made of it.

#include <string>
#include <vector>

#include "compiler/import/case.h"
#include "compiler/import/schedule.h"

namespace lrc::import {

// With a floor: a cosine of another height after each update at which another scheduler acts.
[[nodiscard]] Chain cosine_above_floor(const Json& schedulers, double base, double horizon);

// Without one: the product of `factors`, the text of each scheduler, from its start and anew from
// each lowest point of the cosine.
[[nodiscard]] Chain product_with_cosine(const Json& schedulers,
                                        const std::vector<std::string>& factors, double horizon);

}  // namespace lrc::import
