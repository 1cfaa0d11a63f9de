#include "compiler/check/claims.h"

#include <algorithm>
#include <limits>

#include "compiler/check/check.h"

namespace lrc::check {
namespace {

using exact::Rational;

constexpr std::int64_t largest_step = std::numeric_limits<std::int64_t>::max();

// Where a name stands in a list, or an issue.
template <class Items>
std::optional<std::size_t> find_named(Context& context, const ast::Word& name, const Items& items,
                                      std::string_view what) {
  std::vector<std::string> names;
  for (const auto& item : items) names.push_back(item.name);
  const auto found = std::find(names.begin(), names.end(), name.text);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  Issue& issue = context.report(Code::E0308, name.span,
                                fmt::format("the policy has no {} `{}`", what, name.text));
  issue.reason = names.empty() ? "it has none" : fmt::format("it has {}", fmt::join(names, ", "));
  if (const auto guess = diagnostics::closest(name.text, names))
    issue.fix = Fix{fmt::format("did you mean `{}`?", *guess), name.span, *guess};
  return std::nullopt;
}

void said_before(Context& context, const ast::Word& name, Span first, std::string_view what) {
  Issue& issue = context.report(Code::E0306, name.span,
                                fmt::format("the {} \"{}\" is declared twice", what, name.text));
  issue.labels.push_back(Label{first, "declared here first"});
}

bool is_rising_or_falling(ast::Claim::Kind kind) {
  return kind == ast::Claim::Kind::rises || kind == ast::Claim::Kind::falls;
}

}  // namespace

void check_marks(Context& context, const std::vector<ast::Mark>& marks, policy::Policy& policy) {
  for (const ast::Mark& mark : marks) {
    const auto before =
        std::find_if(policy.marks.begin(), policy.marks.end(),
                     [&](const policy::Mark& item) { return item.name == mark.name.text; });
    if (before != policy.marks.end()) {
      said_before(context, mark.name, before->span, "mark");
      continue;
    }
    policy::Mark built{mark.name.text, {}, {}, mark.span};
    const Scoped needs(context.needs, &built.needs);
    const Scoped output(context.output, std::string());
    const auto at = check_length(context, mark.at);
    if (!at) continue;
    built.at = *at;
    policy.marks.push_back(std::move(built));
  }
}

void check_claims(Context& context, const std::vector<ast::Claim>& claims, policy::Policy& policy) {
  for (const ast::Claim& claim : claims) {
    if (!find_named(context, claim.output, policy.outputs, "output")) continue;
    policy::Claim built{static_cast<policy::Claim::Kind>(claim.kind),
                        claim.output.text,
                        {},
                        std::nullopt,
                        std::nullopt,
                        {},
                        claim.span};
    const Scoped needs(context.needs, &built.needs);
    const Scoped output(context.output, claim.output.text);
    if (claim.value) {
      const auto level = check_level(context, *claim.value);
      if (!level) continue;
      built.level = *level;
    }
    if (is_rising_or_falling(claim.kind)) {
      if (claim.after && !(built.after = check_length(context, *claim.after))) continue;
      if (claim.until && !(built.until = check_length(context, *claim.until))) continue;
    }
    policy.claims.push_back(std::move(built));
  }
}

namespace {

class TestRules {
 public:
  TestRules(Context& context, const policy::Policy& policy, const ast::Test& test)
      : context_(context), policy_(policy), test_(test) {}

  std::optional<policy::Test> test() {
    built_.title = test_.title.text;
    built_.span = test_.span;
    if (!is_for_the_policy()) return std::nullopt;
    if (test_.expectations.empty()) {
      Issue& issue = context_.report(Code::E0804, test_.title.span, "a test that expects nothing");
      issue.reason = "it could not fail";
      issue.fix = Fix{"say what a value is, as in `lr at step 0 is 1e-4`", std::nullopt, ""};
      return std::nullopt;
    }
    setting();
    for (const ast::Expectation& item : test_.expectations) {
      if (auto checked = expectation(item)) built_.expectations.push_back(std::move(*checked));
    }
    return std::move(built_);
  }

 private:
  bool is_for_the_policy() {
    if (test_.policy.text == policy_.name) return true;
    Issue& issue = context_.report(Code::E0308, test_.policy.span,
                                   fmt::format("no policy is called `{}` here", test_.policy.text));
    issue.reason = "a test stands in the source of its policy";
    issue.fix = Fix{fmt::format("write `for {}`", policy_.name), test_.policy.span, policy_.name};
    return false;
  }

  void conflict(std::string_view what, Span given, Span stated) {
    Issue& issue = context_.report(Code::E0402, given, fmt::format("{} has two values", what));
    issue.annotation = "set here";
    issue.labels.push_back(Label{stated, "stated here"});
    issue.reason = "what a policy states is its meaning; a test sets what it leaves open";
  }

  void setting() {
    for (const ast::Run& run : test_.runs) {
      const auto length = check_run(run.length, context_.issues, &context_.names);
      if (!length) continue;
      if (policy_.run && policy_.run->value != *length)
        conflict("the run", run.span, policy_.run->span);
      built_.setting.run = *length;
    }
    for (const ast::Value& batch : test_.batches) {
      if (const auto rate = check_batch(batch, context_.issues, &context_.names))
        this->rate(*rate, batch.span);
    }
    for (const ast::Rate& item : test_.rates) {
      if (const auto rate = check_rate(item, context_.issues, &context_.names))
        this->rate(*rate, item.span);
    }
    for (const ast::Peak& item : test_.peaks) peak(item);
    for (const ast::Setting& item : test_.settings) parameter(item.name, item.value);
  }

  void rate(const exact::Rate& rate, Span span) {
    exact::Conversions known;
    for (const auto& stated : policy_.rates) {
      static_cast<void>(known.add(stated.value));
      if (stated.value.of == rate.of && stated.value.in == rate.in && stated.value != rate)
        return conflict("a rate", span, stated.span);
    }
    for (const exact::Rate& before : built_.setting.rates) static_cast<void>(known.add(before));
    if (!known.add(rate)) {
      context_.report(Code::E0403, span, "this rate contradicts the others");
      return;
    }
    built_.setting.rates.push_back(rate);
  }

  void peak(const ast::Peak& item) {
    const std::string output = item.output ? item.output->text : "lr";
    const ast::Word name = item.output.value_or(ast::Word{"lr", item.span});
    if (!find_named(context_, name, policy_.outputs, "output")) return;
    const auto number = check_peak(item.value, context_.issues, &context_.names);
    if (!number) return;
    const auto* value = std::get_if<Rational>(&*number);
    if (value == nullptr) {
      context_.report(Code::E0107, item.value.span,
                      fmt::format("`{}` is no exact number", written(item.value)));
      return;
    }
    for (const policy::Peak& stated : policy_.peaks) {
      if (stated.output != output) continue;
      if (const auto* parameter = std::get_if<exact::ParameterName>(&stated.value))
        return this->parameter({parameter->name, item.span}, item.value);
      if (!(stated.value == *number)) conflict("the peak", item.span, stated.span);
      return;
    }
    built_.setting.peaks.emplace_back(output, *value);
  }

  void parameter(const ast::Word& name, const ast::Value& value) {
    const auto found =
        std::find_if(policy_.parameters.begin(), policy_.parameters.end(),
                     [&](const policy::Parameter& item) { return item.name == name.text; });
    if (found == policy_.parameters.end()) {
      context_.report(Code::E0405, name.span,
                      fmt::format("the policy has no parameter `{}`", name.text));
      return;
    }
    const auto number = check_parameter(value, found->type, context_.issues, &context_.names);
    if (!number) return;
    if (found->range && (*number < found->range->first || *number > found->range->second)) {
      Issue& issue = context_.report(
          Code::E0404, value.span,
          fmt::format("`{}` is outside the range of `{}`", written(value), name.text));
      issue.labels.push_back(Label{found->span, "its range is declared here"});
      return;
    }
    built_.setting.parameters.emplace_back(name.text, *number);
  }

  std::optional<policy::Expectation> expectation(const ast::Expectation& item) {
    if (!find_named(context_, item.output, policy_.outputs, "output")) return std::nullopt;
    policy::Expectation built{item.output.text, std::nullopt, std::int64_t{0}, {}, std::nullopt, {},
                              item.at.span,     item.is.span, item.span};
    if (item.group) {
      const auto group = find_named(context_, *item.group, policy_.groups, "group");
      if (!group) return std::nullopt;
      built.group = static_cast<std::uint32_t>(*group);
    }
    const Scoped needs(context_.needs, &built.needs);
    const Scoped output(context_.output, item.output.text);
    if (!place(item, built)) return std::nullopt;
    const auto level = check_level(context_, item.is);
    if (!level) return std::nullopt;
    built.is = *level;
    if (item.within) {
      const auto within = check_number(context_, *item.within, "`within`");
      if (!within) return std::nullopt;
      built.within = *within;
    }
    return built;
  }

  bool place(const ast::Expectation& item, policy::Expectation& built) {
    if (!item.at_step) {
      const auto at = check_length(context_, item.at);
      if (!at) return false;
      built.at = *at;
      return !item.group || has_a_curve(item, *built.group);
    }
    const Rational& step = item.at.number;
    if (exact::denominator(step) != 1 || step > largest_step) {
      context_.report(Code::E0110, item.at.span, fmt::format("`{}` is no update", written(item.at)))
          .reason = "updates are whole numbers from 0";
      return false;
    }
    built.at = exact::numerator(step).convert_to<std::int64_t>();
    return true;
  }

  // A position asks for the curve, which no factor and no clamp changes.
  bool has_a_curve(const ast::Expectation& item, std::uint32_t index) {
    const policy::Group& group = policy_.groups[index];
    const auto assigned =
        std::find_if(group.outputs.begin(), group.outputs.end(),
                     [&](const policy::Output& output) { return output.name == item.output.text; });
    if (assigned != group.outputs.end()) return true;
    Issue& issue = context_.report(Code::E0806, item.group->span,
                                   fmt::format("the group `{}` has no curve of `{}` of its own",
                                               group.name, item.output.text));
    issue.reason =
        "`at` with a length or a share is the curve there, before the factors and clamps of groups";
    issue.fix =
        Fix{"say `at step` with a number for the value that an update uses", std::nullopt, ""};
    return false;
  }

  Context& context_;
  const policy::Policy& policy_;
  const ast::Test& test_;
  policy::Test built_;
};

}  // namespace

void check_tests(Context& context, const std::vector<ast::Test>& tests, policy::Policy& policy) {
  for (const ast::Test& test : tests) {
    const auto before =
        std::find_if(policy.tests.begin(), policy.tests.end(),
                     [&](const policy::Test& item) { return item.title == test.title.text; });
    if (before != policy.tests.end()) {
      said_before(context, test.title, before->span, "test");
      continue;
    }
    if (auto checked = TestRules(context, policy, test).test())
      policy.tests.push_back(std::move(*checked));
  }
}

}  // namespace lrc::check
