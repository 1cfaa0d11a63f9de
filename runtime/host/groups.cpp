#include "runtime/host/groups.h"

#include <algorithm>
#include <cstddef>

namespace lrc::runtime {

namespace {

bool matches_any(const std::vector<std::string>& patterns, const std::string& name) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return matches(pattern, name); });
}

GroupSet groups_of(const std::vector<Group>& groups, const std::string& name) {
  GroupSet set;
  for (std::uint32_t group = 0; group < groups.size(); ++group) {
    if (matches_any(groups[group].patterns, name)) set.push_back(group);
  }
  return set;
}

std::uint32_t index_of(std::vector<GroupSet>& sets, const GroupSet& set) {
  const auto found = std::find(sets.begin(), sets.end(), set);
  const auto index = static_cast<std::uint32_t>(found - sets.begin());
  if (found == sets.end()) sets.push_back(set);
  return index;
}

std::string quoted_patterns(const Group& group) {
  std::string text;
  for (const std::string& pattern : group.patterns) {
    if (!text.empty()) text += ", ";
    text += '"' + pattern + '"';
  }
  return text;
}

// `norms and embeddings`, or that there is none of this number.
std::string listed(const std::vector<Group>& groups, const GroupSet& set) {
  std::string text;
  for (const std::uint32_t group : set) {
    if (!text.empty()) text += " and ";
    text += group < groups.size() ? groups[group].name : "a group that it does not have";
  }
  return text.empty() ? "no group" : text;
}

// Names a parameter as an example, since most misspelt patterns are seen at once beside one.
std::string unmatched_group(const Group& group, const std::vector<std::string>& names) {
  std::string text =
      "group " + group.name + " (" + quoted_patterns(group) + ") matches none of the ";
  text += std::to_string(names.size()) + " parameters";
  if (!names.empty()) text += ", which are named like \"" + names.front() + "\"";
  return text;
}

}  // namespace

// Goes back only to the last star: an earlier one could match nothing that the last one cannot.
// So the time is at most pattern times name, whatever the pattern.
bool matches(std::string_view pattern, std::string_view name) noexcept {
  std::size_t in_pattern = 0;
  std::size_t in_name = 0;
  std::size_t after_star = std::string_view::npos;
  std::size_t star_ends = 0;  // the last star stands for the characters before this one
  while (in_name < name.size()) {
    if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
      after_star = ++in_pattern;
      star_ends = in_name;
    } else if (in_pattern < pattern.size() && pattern[in_pattern] == name[in_name]) {
      ++in_pattern;
      ++in_name;
    } else if (after_star != std::string_view::npos) {
      in_pattern = after_star;
      in_name = ++star_ends;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', in_pattern) == std::string_view::npos;
}

tl::expected<Assignment, std::string> assign_groups(
    const std::vector<Group>& groups, const std::vector<std::string>& parameter_names) {
  Assignment assignment;
  assignment.group_sets.emplace_back();
  assignment.of_parameter.reserve(parameter_names.size());
  std::vector<bool> used(groups.size(), false);
  for (const std::string& name : parameter_names) {
    const GroupSet set = groups_of(groups, name);
    for (const std::uint32_t group : set) used[group] = true;
    assignment.of_parameter.push_back(index_of(assignment.group_sets, set));
  }
  std::string unmatched;
  for (std::size_t group = 0; group < groups.size(); ++group) {
    if (used[group]) continue;
    if (!unmatched.empty()) unmatched += '\n';
    unmatched += unmatched_group(groups[group], parameter_names);
  }
  if (!unmatched.empty()) return tl::make_unexpected(unmatched);
  return assignment;
}

std::string set_name(const Program& program, const GroupSet& set) {
  std::string text;
  for (const std::uint32_t group : set)
    text += (text.empty() ? "" : "+") + program.groups[group].name;
  return text;
}

tl::expected<std::vector<std::uint32_t>, std::string> sets_in(const Program& program,
                                                              const Assignment& assignment) {
  std::vector<std::uint32_t> positions;
  for (const GroupSet& set : assignment.group_sets) {
    const auto found = std::find(program.group_sets.begin(), program.group_sets.end(), set);
    if (found == program.group_sets.end())
      return tl::make_unexpected("parameters are in " + listed(program.groups, set) +
                                 " at once, and the program was not bound for that");
    positions.push_back(static_cast<std::uint32_t>(found - program.group_sets.begin()));
  }
  std::vector<std::uint32_t> sets;
  for (const std::uint32_t set : assignment.of_parameter) sets.push_back(positions[set]);
  return sets;
}

}  // namespace lrc::runtime
