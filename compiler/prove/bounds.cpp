// `never above`, `never below`: of final values, in every set of groups (M12).

#include <fmt/format.h>

#include "compiler/prove/attempt.h"
#include "compiler/prove/group_sets.h"
#include "compiler/prove/levels.h"
#include "runtime/host/evaluate.h"

namespace lrc::prove {
namespace {

// Sets of groups that are looked at one by one.
constexpr std::size_t maximum_sets = 1024;

bool is_upper(const policy::Claim& claim) { return claim.kind == policy::Claim::Kind::above; }

bool keeps(const policy::Claim& claim, const std::optional<Interval>& value,
           const Interval& bound) {
  if (!value) return false;
  return is_upper(claim) ? value->high <= bound.low : value->low >= bound.high;
}

const ir::Output* assigned(const ir::Group& group, const std::string& output) {
  const auto found = std::find_if(group.outputs.begin(), group.outputs.end(),
                                  [&](const ir::Output& item) { return item.name == output; });
  return found == group.outputs.end() ? nullptr : &*found;
}

// The curve that parameters in a set of groups follow.
const ir::Curve& curve_in(const Question& question, const runtime::GroupSet& groups) {
  const ir::Curve* curve = &question.output().curve;
  for (const std::uint32_t group : groups) {
    if (const ir::Output* own = assigned(question.program.groups[group], question.claim.output))
      curve = &own->curve;
  }
  return *curve;
}

bool keeps_in_all_sets(const Question& question, const Levels& levels,
                       const std::vector<runtime::GroupSet>& sets) {
  const Interval bound = levels.level(question.claim.level);
  return std::all_of(sets.begin(), sets.end(), [&](const runtime::GroupSet& set) {
    return keeps(question.claim, levels.in_groups(curve_in(question, set), set), bound);
  });
}

// Any set at all: more than can meet, and never fewer.
bool keeps_in_any_set(const Question& question, const Levels& levels) {
  const Interval bound = levels.level(question.claim.level);
  const auto fine = [&](const ir::Curve& curve) {
    return keeps(question.claim, levels.in_any_groups(curve), bound);
  };
  return fine(question.output().curve) &&
         std::all_of(question.program.groups.begin(), question.program.groups.end(),
                     [&](const ir::Group& group) {
                       const ir::Output* own = assigned(group, question.claim.output);
                       return own == nullptr || fine(own->curve);
                     });
}

std::vector<std::string> names_of(const ir::Program& program, const runtime::GroupSet& set) {
  std::vector<std::string> names;
  for (const std::uint32_t group : set) names.push_back(program.groups[group].name);
  return names;
}

std::vector<std::string> fired(const std::vector<double>& factors) {
  std::vector<std::string> words;
  for (const double factor : factors) {
    if (factor != 1) words.push_back(fmt::format("{}", factor));
  }
  return words;
}

}  // namespace

bool proved_by_levels(const Question& question) {
  const auto sets = sets_that_meet(question.program, maximum_sets);
  for (const Told told : {Told::as_values, Told::in_shares}) {
    const Levels levels(question.program, question.facts, question.output().name, told);
    if (keeps_in_any_set(question, levels)) return true;
    if (sets && keeps_in_all_sets(question, levels, *sets)) return true;
  }
  return false;
}

Attempt try_bounds(const Question& question) {
  const std::string& output = question.output().name;
  const auto sets = sets_that_meet(question.program, maximum_sets);
  if (!sets) return NotDecided{fmt::format("more than {} sets of groups can meet", maximum_sets)};
  const auto bound = bind_one(question.program, question.facts, output, *sets);
  if (!bound) return NotDecided{bound.error().message};
  const auto limit = value_of(question.program, question.facts, output, question.claim.level);
  if (!limit) return NotDecided{limit.error().message};
  const bool upper = is_upper(question.claim);
  const Interval bounds =
      upper ? Interval{everything.low, *limit} : Interval{*limit, everything.high};
  std::optional<NotDecided> left_open;
  for (std::size_t set = 0; set < sets->size(); ++set) {
    const std::size_t slot = bound->program.slot(0, set);
    const Found found = find_outside(bound->program, slot, {}, bounds);
    if (const auto* broken = std::get_if<Broken>(&found)) {
      const double* factors = broken->factors.empty() ? nullptr : broken->factors.data();
      const double value = runtime::evaluate(bound->program, slot, broken->update, factors);
      return Counterexample{broken->update,
                            fmt::format("update {} uses {}, which is {} {}", broken->update, value,
                                        upper ? "above" : "below", *limit),
                            names_of(question.program, (*sets)[set]), fired(broken->factors)};
    }
    if (const auto* open = std::get_if<TooMuchWork>(&found))
      left_open = {
          fmt::format("values from update {} on come too close to {}", open->update, *limit)};
  }
  if (left_open) return *left_open;
  return Proved{};
}

}  // namespace lrc::prove
