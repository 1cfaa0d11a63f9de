#pragma once
// The places of a curve where something begins: where it may jump, and where it has its levels.

#include <optional>
#include <vector>

#include "compiler/bind/bind.h"

namespace lrc::prove {

// What a phase hands over when it is whole, where that is written.
[[nodiscard]] std::optional<ir::Level> level_reached(const ir::Phase& phase);

// Where a phase starts; every cycle of a repeat starts as its body does.
[[nodiscard]] const std::optional<ir::Level>& written_start(const ir::Phase& phase);

// Whether a phase starts at the very level that the one before it hands over, and is no staircase:
// told by what is written, for all facts.
[[nodiscard]] bool joined(const ir::Phase& before, const ir::Phase& phase);
[[nodiscard]] bool joined_throughout(const std::vector<ir::Phase>& phases);
// The same of a whole curve.
[[nodiscard]] bool unbroken(const ir::Curve& curve);

// In updates, rising: every place where the curve may jump, of repeated and of staircases the
// first. Nothing when there are too many.
[[nodiscard]] std::optional<std::vector<exact::Rational>> places_of_jumps(const ir::Program& alone,
                                                                          const bind::Facts& facts,
                                                                          const bind::Bound& bound);

// The starts and ends of phases.
[[nodiscard]] std::vector<exact::Rational> places_of_levels(const bind::Bound& bound);

}  // namespace lrc::prove
