#include "compiler/compile/marks.h"

#include <fmt/format.h>

#include "compiler/compile/missing.h"

namespace lrc::compile {
namespace {

using diagnostics::Code;
using diagnostics::Issue;
using exact::Rational;

const exact::Length whole_run(exact::Length::Of::run, Rational(1));

std::optional<Rational> updates(const CompiledPolicy& policy, const bind::Facts& facts,
                                const exact::Length& position) {
  const auto found = bind::place_of(policy.program, facts, position);
  return found ? std::optional(*found) : std::nullopt;
}

bool is_placed(const CompiledPolicy& policy, const bind::Facts& facts, const policy::Mark& mark) {
  return missing_facts(policy, mark.needs, facts, {}, {}).empty();
}

// A share of the run needs no run to be more than all of it.
bool is_beyond(const CompiledPolicy& policy, const bind::Facts& facts, const policy::Mark& mark) {
  const Rational* share = mark.at.exact();
  if (mark.at.of() == exact::Length::Of::run && share != nullptr) return *share > 1;
  if ((!policy.program.run && !facts.run) || !is_placed(policy, facts, mark)) return false;
  const auto at = updates(policy, facts, mark.at), end = updates(policy, facts, whole_run);
  return at && end && *at > *end;
}

}  // namespace

std::vector<PlacedMark> placed_marks(const CompiledPolicy& policy, const bind::Facts& facts) {
  std::vector<PlacedMark> placed;
  for (const policy::Mark& mark : policy.policy.marks) {
    if (!is_placed(policy, facts, mark)) continue;
    if (const auto at = updates(policy, facts, mark.at)) placed.push_back({&mark, *at});
  }
  return placed;
}

diagnostics::Issues misplaced_marks(const CompiledPolicy& policy, const bind::Facts& facts) {
  diagnostics::Issues issues;
  for (const policy::Mark& mark : policy.policy.marks) {
    if (!is_beyond(policy, facts, mark)) continue;
    issues.push_back(
        Issue{Code::E0805,
              mark.span,
              fmt::format("the mark \"{}\" stands behind the end of the run", mark.name),
              "",
              {},
              "a mark is a position of the run",
              std::nullopt});
  }
  return issues;
}

}  // namespace lrc::compile
