#pragma once
// A policy's levels, places and curves for given facts, by the binder that trainers use: no formula
// and no conversion is repeated here.

#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "compiler/bind/bind.h"

namespace lrc::prove {

[[nodiscard]] const ir::Output& output_of(const ir::Program& program, const std::string& name);

// One output, and what it uses, with nothing behind its curve: no group, no clamp. With `group` the
// curve that this group assigns.
[[nodiscard]] ir::Program curve_alone(const ir::Program& program, const std::string& output,
                                      std::optional<std::uint32_t> group = std::nullopt);

[[nodiscard]] tl::expected<bind::Bound, bind::Failure> bind_one(
    const ir::Program& program, const bind::Facts& facts, const std::string& output,
    std::vector<runtime::GroupSet> group_sets = {{}}, std::optional<bind::At> at = std::nullopt);

// The number that a level is, rounded as the program rounds it.
[[nodiscard]] tl::expected<double, bind::Failure> value_of(const ir::Program& program,
                                                           const bind::Facts& facts,
                                                           const std::string& output,
                                                           const exact::Level& level);

// The value of a curve at a place, which is no update: nothing is read later than it is.
[[nodiscard]] tl::expected<double, bind::Failure> curve_at(ir::Program alone,
                                                           const bind::Facts& facts,
                                                           const std::string& output,
                                                           const bind::At& at);

}  // namespace lrc::prove
