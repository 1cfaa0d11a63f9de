#include "compiler/prove/prove.h"

#include <fmt/format.h>

#include "compiler/compile/missing.h"
#include "compiler/compile/placing.h"
#include "compiler/ir/canonical.h"
#include "compiler/prove/attempt.h"
#include "runtime/arithmetic/environment.h"

namespace lrc::prove {
namespace {

using diagnostics::Code;
using diagnostics::Issue;
using diagnostics::Issues;
using Kind = policy::Claim::Kind;

bool is_bound(const policy::Claim& claim) {
  return claim.kind == Kind::above || claim.kind == Kind::below;
}

bool has_level(const policy::Claim& claim) {
  return is_bound(claim) || claim.kind == Kind::reaches || claim.kind == Kind::ends;
}

// Whether nothing that groups and clamps do meets the peak otherwise than the curve does.
bool nothing_behind(const ir::Program& program, const ir::Output& output) {
  return !output.clamp && program.rules.empty() &&
         std::all_of(program.groups.begin(), program.groups.end(), [](const ir::Group& group) {
           return group.outputs.empty() && group.factors.empty() && group.clamps.empty() &&
                  !group.frozen;
         });
}

class Proof {
 public:
  Proof(const compile::CompiledPolicy& policy, const policy::Claim& claim, bind::Facts facts)
      : policy_(policy),
        claim_(claim),
        facts_(std::move(facts)),
        program_(bind::restricted(policy.program, {claim.output})) {}

  Verdict run() {
    if (proved_by_form({program_, claim_, facts_})) return verdict(Status::proved, {});
    leave_out_the_peak();
    if (Issues missing = this->missing(); !missing.empty())
      return verdict(Status::lacking, std::move(missing));
    return search();
  }

 private:
  const ir::Output& output() const { return output_of(program_, claim_.output); }

  Verdict verdict(Status status, Issues issues) { return {&claim_, status, std::move(issues)}; }

  // What is told in shares of the peak alone is decided for every peak by the peak 1: to multiply
  // by a peak keeps the order of levels.
  void leave_out_the_peak() {
    const bool in_shares = (!has_level(claim_) || claim_.level.relative ||
                            claim_.level == exact::Level{false, exact::Rational(0)}) &&
                           (!is_bound(claim_) || nothing_behind(program_, output())) &&
                           !output().scale && is_share_of_peak(output().curve);
    if (!in_shares) return;
    if (const auto* peak = prove::freedom(program_, facts_).peak) {
      facts_.parameters[peak->name] = 1;
      told_in_shares_ = true;
    }
    const auto& lacking = program_.inputs.peaks;
    if (std::find(lacking.begin(), lacking.end(), claim_.output) == lacking.end()) return;
    if (facts_.peaks.emplace(claim_.output, 1).second) told_in_shares_ = true;
  }

  Issues missing() const {
    bind::Facts facts = facts_;
    // A parameter that every run must choose is free, not missing.
    for (const ir::Parameter* parameter : prove::freedom(program_, facts_).parameters)
      facts.parameters.emplace(parameter->name, 0);
    if (const auto* peak = prove::freedom(program_, facts_).peak) facts.parameters[peak->name] = 1;
    std::vector<runtime::GroupSet> groups = {{}};
    for (std::uint32_t i = 0; is_bound(claim_) && i < program_.groups.size(); ++i)
      groups.push_back({i});
    std::vector<policy::Need> needs = policy_.policy.needs;
    needs.insert(needs.end(), claim_.needs.begin(), claim_.needs.end());
    if (claim_.kind == Kind::ends)
      needs.push_back({policy::Need::Fact::run, claim_.output, exact::Unit::steps, claim_.span});
    return compile::missing_facts(policy_, needs, facts,
                                  bind::with_uses(policy_.program, {claim_.output}), groups);
  }

  // A claim holds for all values of the parameters, of which some are tried. That is a proof where
  // nothing is free, and where the end of a peak's range decides for all of it.
  Verdict search() {
    const Freedom freedom = prove::freedom(program_, facts_);
    std::optional<std::string> open;
    std::size_t tried = 0;
    for (const bind::Facts& setting : settings(freedom, facts_)) {
      const Question question{program_, claim_, setting};
      const Attempt attempt = is_bound(claim_) ? try_bounds(question) : try_form(question);
      if (const auto* found = std::get_if<Counterexample>(&attempt))
        return refuted(*found, chosen(freedom, setting));
      if (const auto* not_decided = std::get_if<NotDecided>(&attempt)) {
        if (!open) open = not_decided->why;
      }
      ++tried;
    }
    if (open) return undecided(*open);
    if (freedom.parameters.empty() && (freedom.peak == nullptr || ends_decide()))
      return verdict(Status::proved, {});
    return undecided(free_words(freedom, tried));
  }

  // The values rise with the peak, so a bound that holds at both ends of its range holds between.
  bool ends_decide() const {
    const Freedom freedom = prove::freedom(program_, facts_);
    const bool relative = claim_.level.relative;
    return is_bound(claim_) && !relative && freedom.peak->range &&
           is_share_of_peak(output().curve) &&
           std::all_of(program_.groups.begin(), program_.groups.end(), [&](const ir::Group& group) {
             return std::all_of(group.outputs.begin(), group.outputs.end(),
                                [](const ir::Output& own) { return is_share_of_peak(own.curve); });
           });
  }

  static std::string free_words(const Freedom& freedom, std::size_t tried) {
    std::vector<std::string> names;
    for (const ir::Parameter* parameter : freedom.parameters) names.push_back(parameter->name);
    if (freedom.peak != nullptr) names.push_back(freedom.peak->name);
    return fmt::format(
        "a run may choose `{}`; the claim holds for the {} choices that were tried, and that "
        "proves "
        "nothing of the others",
        fmt::join(names, "`, `"), tried);
  }

  Verdict undecided(std::string why) {
    Issue issue{Code::E0802,    claim_.span, "this claim is not decided", "", {},
                std::move(why), std::nullopt};
    return verdict(Status::undecided, {std::move(issue)});
  }

  Verdict refuted(const Counterexample& found, std::vector<std::string> chosen) {
    Issue issue{Code::E0801, claim_.span, found.words, "does not hold", {}, "", std::nullopt};
    std::vector<std::string> where;
    if (!found.groups.empty())
      where.push_back(fmt::format("for a parameter in `{}`", fmt::join(found.groups, "` and `")));
    if (!found.fired.empty())
      where.push_back(fmt::format("when rules multiply by {}", fmt::join(found.fired, " and ")));
    if (!chosen.empty()) where.push_back(fmt::format("with {}", fmt::join(chosen, ", ")));
    if (told_in_shares_) where.emplace_back("numbers are shares of the peak");
    issue.reason = fmt::format("{}", fmt::join(where, "; "));
    return verdict(Status::refuted, {std::move(issue)});
  }

  const compile::CompiledPolicy& policy_;
  const policy::Claim& claim_;
  bind::Facts facts_;
  ir::Program program_;
  bool told_in_shares_ = false;
};

// Not inlined: no arithmetic may move across the change of modes.
[[gnu::noinline]] Verdict proved_here(const compile::CompiledPolicy& policy,
                                      const policy::Claim& claim, const bind::Facts& facts) {
  return Proof(policy, claim, facts).run();
}

}  // namespace

Verdict prove(const compile::CompiledPolicy& policy, const policy::Claim& claim,
              const bind::Facts& facts) {
  const runtime::ArithmeticEnvironment environment;
  return proved_here(policy, claim, facts);
}

}  // namespace lrc::prove
