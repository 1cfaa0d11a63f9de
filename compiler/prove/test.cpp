#include "compiler/prove/test.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include <fmt/format.h>

#include "compiler/compile/missing.h"
#include "compiler/compile/placing.h"
#include "compiler/prove/bound_values.h"
#include "runtime/host/evaluate.h"

namespace lrc::prove {
namespace {

using diagnostics::Code;
using diagnostics::Fix;
using diagnostics::Issue;

bind::Facts facts_of(const policy::Setting& setting) {
  bind::Facts facts;
  facts.run = setting.run;
  facts.rates = setting.rates;
  facts.peaks = {setting.peaks.begin(), setting.peaks.end()};
  facts.parameters = {setting.parameters.begin(), setting.parameters.end()};
  return facts;
}

class Examination {
 public:
  Examination(const compile::CompiledPolicy& policy, const policy::Expectation& expectation,
              const bind::Facts& facts)
      : policy_(policy), expectation_(expectation), facts_(facts), answer_{&expectation} {}

  Answer run() {
    std::vector<policy::Need> needs = policy_.policy.needs;
    needs.insert(needs.end(), expectation_.needs.begin(), expectation_.needs.end());
    answer_.issues = compile::missing_facts(
        policy_, needs, facts_, bind::with_uses(policy_.program, {expectation_.output}), sets());
    if (!answer_.issues.empty()) return std::move(answer_);
    const auto got = value();
    if (!got) return failed(got.error());
    const auto expected = value_of(policy_.program, facts_, expectation_.output, expectation_.is);
    if (!expected) return failed(expected.error());
    answer_.got = *got;
    answer_.expected = *expected;
    const auto within = tolerance();
    if (!within) return failed(within.error());
    answer_.met = *got == *expected || std::fabs(*got - *expected) <= *within;
    if (!answer_.met) report(*within);
    return std::move(answer_);
  }

 private:
  std::vector<runtime::GroupSet> sets() const {
    std::vector<runtime::GroupSet> sets = {{}};
    if (expectation_.group) sets.push_back({*expectation_.group});
    return sets;
  }

  tl::expected<double, bind::Failure> value() const {
    if (const auto* position = std::get_if<exact::Length>(&expectation_.at)) {
      const ir::Program alone =
          curve_alone(policy_.program, expectation_.output, expectation_.group);
      const auto place = bind::place_of(policy_.program, facts_, *position);
      if (!place) return tl::unexpected(place.error());
      return curve_at(alone, facts_, expectation_.output, {*place});
    }
    const auto bound = bind_one(bind::restricted(policy_.program, {expectation_.output}), facts_,
                                expectation_.output, sets());
    if (!bound) return tl::unexpected(bound.error());
    const std::size_t slot = bound->program.slot(0, bound->program.group_sets.size() - 1);
    return runtime::evaluate(bound->program, slot, std::get<std::int64_t>(expectation_.at));
  }

  tl::expected<double, bind::Failure> tolerance() const {
    if (!expectation_.within) return 0.0;
    return value_of(policy_.program, facts_, expectation_.output, {false, *expectation_.within});
  }

  Answer failed(const bind::Failure& failure) {
    Issue issue = compile::as_issue(policy_, failure);
    issue.labels.push_back({expectation_.span, "asked for here"});
    answer_.issues = {std::move(issue)};
    return std::move(answer_);
  }

  void report(double within) {
    const std::string shown = fmt::format("{}", answer_.got);
    const std::uint64_t apart = distance(answer_.got, answer_.expected);
    Issue issue{
        Code::E0803,
        expectation_.span,
        fmt::format("`{}` is {}, not {}", asked(), shown, answer_.expected),
        "",
        {},
        fmt::format("they differ by {}, {} ulp", std::fabs(answer_.got - answer_.expected), apart),
        Fix{fmt::format("write `{}` if that is meant", shown), expectation_.is_span, shown}};
    if (within > 0) issue.reason += fmt::format("; {} is allowed", within);
    answer_.issues = {std::move(issue)};
  }

  // `lr at step 1999`
  std::string asked() const {
    const source::Span& whole = expectation_.span;
    return std::string(source::Span{whole.source, whole.begin, expectation_.at_span.end}.text());
  }

  const compile::CompiledPolicy& policy_;
  const policy::Expectation& expectation_;
  const bind::Facts& facts_;
  Answer answer_;
};

// Neighbouring numbers have neighbouring places, across zero too.
std::int64_t place_among_numbers(double value) {
  const auto bits = std::bit_cast<std::int64_t>(value);
  return bits < 0 ? std::numeric_limits<std::int64_t>::min() - bits : bits;
}

}  // namespace

bool Examined::passed() const {
  return std::all_of(answers.begin(), answers.end(),
                     [](const Answer& answer) { return answer.met; });
}

Examined examine(const compile::CompiledPolicy& policy, const policy::Test& test) {
  const bind::Facts facts = facts_of(test.setting);
  Examined examined{&test, {}};
  for (const policy::Expectation& expectation : test.expectations)
    examined.answers.push_back(Examination(policy, expectation, facts).run());
  return examined;
}

std::uint64_t distance(double a, double b) {
  const auto x = static_cast<std::uint64_t>(place_among_numbers(a));
  const auto y = static_cast<std::uint64_t>(place_among_numbers(b));
  return place_among_numbers(a) < place_among_numbers(b) ? y - x : x - y;
}

}  // namespace lrc::prove
