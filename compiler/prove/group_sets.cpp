#include "compiler/prove/group_sets.h"

#include <algorithm>

#include "compiler/policy/patterns.h"

namespace lrc::prove {
namespace {

bool changes_something(const ir::Group& group) {
  return !group.outputs.empty() || !group.factors.empty() || !group.clamps.empty() || group.frozen;
}

bool assigns_the_same(const ir::Group& a, const ir::Group& b) {
  return std::any_of(a.outputs.begin(), a.outputs.end(), [&](const ir::Output& output) {
    return std::any_of(b.outputs.begin(), b.outputs.end(),
                       [&](const ir::Output& other) { return output.name == other.name; });
  });
}

bool meet(const ir::Group& a, const ir::Group& b) {
  return std::any_of(a.patterns.begin(), a.patterns.end(), [&](const std::string& pattern) {
    return std::any_of(b.patterns.begin(), b.patterns.end(),
                       [&](const std::string& other) { return policy::overlap(pattern, other); });
  });
}

}  // namespace

std::optional<std::vector<runtime::GroupSet>> sets_that_meet(const ir::Program& program,
                                                             std::size_t most) {
  std::vector<runtime::GroupSet> sets = {{}};
  for (std::uint32_t group = 0; group < program.groups.size(); ++group) {
    if (!changes_something(program.groups[group])) continue;
    const std::size_t before = sets.size();
    for (std::size_t i = 0; i < before; ++i) {
      const bool fits = std::all_of(sets[i].begin(), sets[i].end(), [&](std::uint32_t other) {
        const ir::Group &a = program.groups[group], &b = program.groups[other];
        return meet(a, b) && !assigns_the_same(a, b);
      });
      if (!fits) continue;
      if (sets.size() == most) return std::nullopt;
      sets.push_back(sets[i]);
      sets.back().push_back(group);
    }
  }
  return sets;
}

}  // namespace lrc::prove
