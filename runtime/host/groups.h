#pragma once
// Which parameters belong to which groups, by name.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "runtime/host/program.h"

namespace lrc::runtime {

// `*` stands for any run of characters (the empty one and dots too); all else stands for itself.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view name) noexcept;

struct Assignment {
  std::vector<GroupSet> group_sets;         // the distinct sets; the first is the empty one
  std::vector<std::uint32_t> of_parameter;  // for each name, an index into group_sets
};

// Every group with a matching pattern applies to a parameter. A group that matches no parameter
// is an error that names it: it is a misspelt pattern more often than an intention.
[[nodiscard]] tl::expected<Assignment, std::string> assign_groups(
    const std::vector<Group>& groups, const std::vector<std::string>& parameter_names);

// The names of a set's groups, joined by `+`; nothing for the empty set.
[[nodiscard]] std::string set_name(const Program& program, const GroupSet& set);

// For each parameter, the index in program.group_sets of the set that it was assigned. The error
// names groups that apply to a parameter together, for which the program was not bound.
[[nodiscard]] tl::expected<std::vector<std::uint32_t>, std::string> sets_in(
    const Program& program, const Assignment& assignment);

}  // namespace lrc::runtime
