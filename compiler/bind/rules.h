#pragma once
// Rules of the IR → rules of the bound program: durations in updates, levels as numbers.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "compiler/bind/environment.h"

namespace lrc::bind {

// What a slot computes of a reaction.
struct BoundReaction {
  std::uint32_t index;          // in the program's reactions
  bool grows;                   // its factor is above 1
  std::optional<double> floor;  // `not below`
};

// Adds the rules that act on these outputs; by output, its reactions in the order of the rules.
// Where changes are ignored, the reaction's value is still to be bound.
[[nodiscard]] std::map<std::string, std::vector<BoundReaction>> bind_rules(
    const ir::Program& program, const Environment& environment,
    const std::set<std::string>& outputs, runtime::Program& built);

}  // namespace lrc::bind
