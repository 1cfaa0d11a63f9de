#pragma once
// What changes when a run goes on from a saved state with another program, for the person who
// decides or reads the log.

#include <string>
#include <vector>

#include "runtime/host/state.h"

namespace lrc::runtime {

// Of so many values that change, a report lists each; of those beyond it tells the number.
inline constexpr std::size_t maximum_values_listed = 20;

// `policy small version 2, lrc1:0123456789ab`.
[[nodiscard]] std::string described(const Identity& identity);

// Both policies; that one name stands for two meanings; the facts that differ, side by side. Lines.
[[nodiscard]] std::string identity_differences(const State& then, const Identity& now);

// What the coming update would have used and what it uses now, which is update `step`. Lines.
[[nodiscard]] std::string value_differences(const State& then, std::int64_t step,
                                            const std::vector<NamedValue>& now);

}  // namespace lrc::runtime
