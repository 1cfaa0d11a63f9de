// A policy: its outputs, groups and clamps, and what else its block says.

#include "compiler/check/check.h"
#include "compiler/check/claims.h"
#include "compiler/check/context.h"
#include "compiler/check/rings.h"
#include "compiler/check/rules.h"
#include "compiler/source/limits.h"

namespace lrc::check {
namespace {

using exact::Rational;

class PolicyRules {
 public:
  PolicyRules(Library& library, Issues& issues)
      : issues_(issues), context_{.library = library, .issues = issues} {
    context_.needs = &policy_.needs;
    if (library.lets() != nullptr) context_.names = *library.lets();
  }

  std::optional<policy::Policy> sentence(const ast::Schedule& schedule) {
    auto checked = check_schedule(context_, schedule);
    if (!checked) return std::nullopt;
    policy_.outputs.push_back({"lr", std::move(*checked), std::nullopt, schedule.span});
    policy_.name_span = schedule.span;
    return done();
  }

  std::optional<policy::Policy> block(const ast::Policy& ast, const std::vector<ast::Test>& tests) {
    check_stated(context_, ast, policy_);
    conventions(ast);
    for (const ast::Output& output : ast.outputs) context_.outputs.insert(output.name.text);
    for (const ast::Output& output : ast.outputs) {
      auto checked = this->output(output, declared_);
      if (!checked) continue;
      declared_.emplace(output.name.text, Declared{policy_.outputs.size(), checked->span});
      policy_.outputs.push_back(std::move(*checked));
    }
    if (ast.outputs.empty()) {
      context_
          .report(Code::E0307, ast.name.span,
                  fmt::format("the policy `{}` schedules nothing", ast.name.text))
          .fix = Fix{"say what the learning rate does, as in `lr = warmup 6% then cosine to 0.1x`",
                     std::nullopt, ""};
    }
    for (const ast::Peak& peak : ast.peaks) {
      if (peak.output) static_cast<void>(declared(*peak.output));
    }
    for (const ast::Clamp& limits : ast.clamps) clamp(limits);
    for (const ast::Scale& scale : ast.scales) this->scale(scale);
    groups(ast);
    rules(ast);
    if (!diagnostics::has_errors(issues_)) no_rings();
    // What is said about a policy with mistakes may be right.
    if (diagnostics::has_errors(issues_)) return std::nullopt;
    check_overlaps(context_, policy_);
    check_marks(context_, ast.marks, policy_);
    check_claims(context_, ast.claims, policy_);
    check_tests(context_, tests, policy_);
    return done();
  }

 private:
  // Where an output stands in its list, and in the source.
  struct Declared {
    std::size_t index;
    Span span;
  };
  using Outputs = std::map<std::string, Declared>;

  std::optional<policy::Policy> done() {
    return diagnostics::has_errors(issues_) ? std::nullopt : std::optional(std::move(policy_));
  }

  // Of all schedules that do not say otherwise.
  void conventions(const ast::Policy& ast) {
    auto said = check_conventions(context_, ast.conventions);
    if (!said) return;
    context_.reading = said->reading;
    context_.past = said->past;
    said->reading.reset();
    said->past.reset();
    everywhere_ = std::move(*said);
  }

  // `peak = 3e-4` would be an output that nobody reads.
  bool is_fact(const ast::Word& name) {
    if (name.text != "peak" && name.text != "run" && name.text != "owner") return false;
    Issue& issue =
        context_.report(Code::E0201, name.span,
                        fmt::format("`{}` is a fact, and `=` makes it an output", name.text));
    issue.fix = Fix{fmt::format("leave the `=` out, as in `{}`", name.text == "peak" ? "peak 3e-4"
                                                                 : name.text == "run"
                                                                     ? "run 100K steps"
                                                                     : "owner \"pretraining\""),
                    std::nullopt, ""};
    return true;
  }

  std::optional<policy::Output> output(const ast::Output& output, const Outputs& before) {
    const auto other = before.find(output.name.text);
    if (other != before.end())
      return declared_twice(context_, output.name, other->second.span, "output"), std::nullopt;
    if (is_fact(output.name)) return std::nullopt;
    context_.output = output.name.text;
    auto schedule = check_schedule(context_, output.schedule);
    if (!schedule) return std::nullopt;
    return policy::Output{output.name.text, shifted(context_, std::move(*schedule), everywhere_),
                          std::nullopt, output.name.span};
  }

  policy::Output* declared(const ast::Word& name) {
    const auto found = declared_.find(name.text);
    if (found != declared_.end()) return &policy_.outputs[found->second.index];
    if (diagnostics::has_errors(issues_))
      return nullptr;  // its declaration may be the one at fault
    Issue& issue = context_.report(Code::E0308, name.span,
                                   fmt::format("the policy has no output `{}`", name.text));
    issue.reason = "groups, clamps and peaks belong to what the policy schedules";
    std::vector<std::string> names;
    for (const policy::Output& output : policy_.outputs) names.push_back(output.name);
    if (const auto guess = diagnostics::closest(name.text, names)) {
      issue.fix = Fix{fmt::format("did you mean `{}`?", *guess), name.span, *guess};
    } else {
      issue.fix = Fix{fmt::format("schedule it in the policy, as in `{} = 0.1`", name.text),
                      std::nullopt, ""};
    }
    return nullptr;
  }

  std::optional<policy::Clamp> limits(const ast::Clamp& ast) {
    context_.output = ast.output.text;
    const auto low = check_level(context_, ast.low);
    const auto high = low ? check_level(context_, ast.high) : std::nullopt;
    if (!high) return std::nullopt;
    const auto* a = std::get_if<Rational>(&low->amount);
    const auto* b = std::get_if<Rational>(&high->amount);
    if (a != nullptr && b != nullptr && comparable(*low, *high) && *a > *b) {
      context_.report(Code::E0110, join(ast.low.span, ast.high.span),
                      "a clamp whose lower end is above its upper end");
      return std::nullopt;
    }
    return policy::Clamp{*low, *high};
  }

  void clamp(const ast::Clamp& ast) {
    policy::Output* output = declared(ast.output);
    if (output == nullptr) return;
    if (output->clamp) {
      context_.report(Code::E0303, ast.span, fmt::format("`{}` is clamped twice", output->name));
      return;
    }
    output->clamp = limits(ast);
  }

  void scale(const ast::Scale& ast) {
    policy::Output* output = declared(ast.output);
    if (output == nullptr) return;
    if (output->scale) {
      context_.report(Code::E0303, ast.span, fmt::format("`{}` is scaled twice", output->name));
      return;
    }
    context_.output = output->name;
    output->scale = check_scale(context_, ast);
  }

  void groups(const ast::Policy& ast) {
    std::map<std::string, Span> names;
    for (const ast::Group& group : ast.groups) {
      const auto [before, fresh] = names.emplace(group.name.text, group.name.span);
      if (!fresh) {
        declared_twice(context_, group.name, before->second, "group");
      } else if (policy_.groups.size() + copies(group) > source::maximum_groups) {
        context_.report(Code::E0906, group.name.span,
                        fmt::format("more than {} groups", source::maximum_groups));
        return;
      } else if (const auto capture = this->capture(group)) {
        captured(group, *capture);
      }
    }
  }

  // `layers.{i}.*` of 32 stands for 32 groups.
  static std::size_t copies(const ast::Group& group) {
    const bool fits = group.of && group.of->number <= source::maximum_groups;
    return !group.of ? 1
           : fits    ? exact::floor(group.of->number).convert_to<std::size_t>()
                     : source::maximum_groups + 1;
  }

  // The name between the braces of the patterns, empty where there are none. Nothing: an issue was
  // reported.
  std::optional<std::string> capture(const ast::Group& group) {
    std::string name;
    for (const ast::Word& pattern : group.patterns) {
      if (pattern.text.empty()) {
        context_.report(Code::E0110, pattern.span, "a pattern that can match nothing").reason =
            "`*` stands for any run of characters, all else for itself";
        return std::nullopt;
      }
      const auto found = capture_in(pattern);
      if (!found) return std::nullopt;
      const bool differs = !name.empty() && !found->empty() && *found != name;
      if (differs) return bad_capture(pattern, "a group has one capture"), std::nullopt;
      if (!found->empty()) name = *found;
      if (group.of && found->empty())
        return bad_capture(pattern, "each pattern of such a group has the capture"), std::nullopt;
    }
    const bool whole =
        !group.of || (exact::denominator(group.of->number) == 1 && group.of->number >= 1);
    if (group.of.has_value() != !name.empty() || !whole) {
      bad_capture(group.patterns.front(),
                  "`{i}` stands for the numbers from 0 below N, as in `\"layers.{i}.*\" of 32`");
      return std::nullopt;
    }
    return name;
  }

  std::optional<std::string> capture_in(const ast::Word& pattern) {
    const std::string& text = pattern.text;
    const std::size_t open = text.find('{');
    if (open == std::string::npos && text.find('}') == std::string::npos) return "";
    const std::size_t close = open == std::string::npos ? open : text.find('}', open);
    if (close == std::string::npos || close == open + 1 ||
        text.find_first_of("{}", close + 1) != std::string::npos || text.find('}') < open)
      return bad_capture(pattern, "a capture is one name in braces, as in `layers.{i}.*`"),
             std::nullopt;
    return text.substr(open + 1, close - open - 1);
  }

  void bad_capture(const ast::Word& pattern, std::string_view reason) {
    context_
        .report(Code::E0315, pattern.span,
                fmt::format("`{}` captures no number", pattern.span.text()))
        .reason = reason;
  }

  void captured(const ast::Group& group, const std::string& capture) {
    const std::size_t count = capture.empty() ? 1 : copies(group);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t before = issues_.size();
      context_.group = static_cast<std::uint32_t>(policy_.groups.size());
      if (capture.empty()) {
        this->group(group, group.name.text, "");
      } else {
        Names names = context_.names;
        names.insert_or_assign(
            capture, Named{Quantity{Quantity::Type::number, Rational(i), {}}, group.name.span});
        const Scoped scope(context_.names, std::move(names));
        this->group(group, fmt::format("{}.{}", group.name.text, i), std::to_string(i));
      }
      context_.group.reset();
      if (issues_.size() > before) return;  // one mistake, one message
    }
  }

  // A pattern with the number in place of its capture.
  static std::string filled(const std::string& pattern, const std::string& number) {
    const std::size_t open = pattern.find('{');
    if (open == std::string::npos) return pattern;
    return pattern.substr(0, open) + number + pattern.substr(pattern.find('}') + 1);
  }

  void group(const ast::Group& ast, const std::string& name, const std::string& number) {
    policy::Group built{name, {}, {}, {}, {}, std::nullopt};
    for (const ast::Word& pattern : ast.patterns)
      built.patterns.push_back(filled(pattern.text, number));
    Outputs assigned;
    for (const ast::Output& item : ast.outputs) {
      if (declared(item.name) == nullptr) continue;
      auto checked = output(item, assigned);
      if (!checked) continue;
      assigned.emplace(item.name.text, Declared{built.outputs.size(), checked->span});
      built.outputs.push_back(std::move(*checked));
    }
    std::map<std::string, Span> factors, clamps;
    for (const ast::Factor& factor : ast.factors) {
      if (declared(factor.output) == nullptr) continue;
      if (!once(factors, factor.output, factor.span, "has two factors")) continue;
      context_.output = factor.output.text;
      if (auto by = check_number(context_, factor.by, "`by`"))
        built.factors.push_back({factor.output.text, std::move(*by)});
    }
    for (const ast::Clamp& item : ast.clamps) {
      if (declared(item.output) == nullptr) continue;
      if (!once(clamps, item.output, item.span, "is clamped twice")) continue;
      if (auto checked = limits(item))
        built.clamps.push_back({item.output.text, std::move(*checked)});
    }
    frozen(ast, built);
    policy_.groups.push_back(std::move(built));
  }

  void frozen(const ast::Group& ast, policy::Group& built) {
    for (const ast::Frozen& item : ast.frozen) {
      if (built.frozen) {
        context_.report(Code::E0303, item.span, fmt::format("`{}` is frozen twice", built.name));
        return;
      }
      context_.output = "lr";
      if (declared({"lr", item.span}) == nullptr) return;
      policy::Frozen frozen;
      if (item.length) {
        const bool until = item.kind == ast::Frozen::Kind::until;
        frozen.until =
            until ? check_length(context_, *item.length) : check_duration(context_, *item.length);
        if (!frozen.until) return;
      }
      built.frozen = std::move(frozen);
    }
  }

  void rules(const ast::Policy& ast) {
    RuleNames names{{}, [this](const ast::Word& name) { return declared(name) != nullptr; }, {}};
    for (const ast::Output& output : ast.outputs) names.outputs.push_back(output.name.text);
    std::map<std::string, Span> metrics;
    for (const ast::Word& metric : ast.metrics) {
      const auto [before, fresh] = metrics.emplace(metric.text, metric.span);
      if (!fresh) declared_twice(context_, metric, before->second, "metric");
      names.metrics.push_back(metric.text);
    }
    if (ast.rules.size() > source::maximum_rules) {
      context_.report(Code::E0706, ast.rules[source::maximum_rules].span,
                      fmt::format("more than {} rules", source::maximum_rules));
      return;
    }
    for (const ast::Rule& rule : ast.rules) {
      if (auto checked = check_rule(context_, rule, names))
        policy_.rules.push_back(std::move(*checked));
    }
  }

  // In one group, each output once.
  bool once(std::map<std::string, Span>& seen, const ast::Word& output, Span span,
            std::string_view twice) {
    const auto [before, fresh] = seen.emplace(output.text, span);
    if (fresh) return true;
    Issue& issue =
        context_.report(Code::E0303, span, fmt::format("`{}` {} in one group", output.text, twice));
    issue.labels.push_back(Label{before->second, "said here already"});
    issue.reason = "one line of a group says what it does to an output";
    return false;
  }

  // M9: an output may use others, and they others, but never itself.
  void no_rings() {
    if (const auto ring = find_ring(policy_)) {
      const policy::Output& first = policy_.outputs[declared_.at(ring->front()).index];
      context_
          .report(
              Code::E0314, first.span,
              fmt::format("outputs that use one another in a ring: {}", fmt::join(*ring, " → ")))
          .reason = "the value of an output cannot depend on itself";
    }
  }

  Issues& issues_;
  Context context_;
  Conventions everywhere_;  // `late` and `held` of all outputs
  policy::Policy policy_;
  Outputs declared_;  // of the policy itself
};

}  // namespace

Checked check(const ast::File& file, const Library& library, const source::SourcePtr& source) {
  Checked checked;
  Library all = library;
  checked.issues = all.add(file, source);
  if (!checked.issues.empty()) return checked;
  PolicyRules rules(all, checked.issues);
  if (file.sentence) {
    checked.policy = rules.sentence(*file.sentence);
  } else if (file.policies.size() == 1) {
    checked.policy = rules.block(file.policies.front(), file.tests);
  } else if (file.policies.size() > 1) {
    Issue issue{Code::E0204,
                file.policies[1].span,
                fmt::format("a second policy, `{}`, in one source", file.policies[1].name.text),
                "",
                {},
                "a source is one sentence or one `policy` block",
                Fix{"give each policy a file of its own", std::nullopt, ""}};
    issue.labels.push_back(Label{file.policies[0].name.span, "the first one"});
    checked.issues.push_back(std::move(issue));
  } else if (!file.tests.empty()) {
    const ast::Word& name = file.tests.front().policy;
    checked.issues.push_back(Issue{Code::E0308,
                                   name.span,
                                   fmt::format("no policy is called `{}` here", name.text),
                                   "",
                                   {},
                                   "a test stands in the source of its policy",
                                   std::nullopt});
  } else {
    checked.issues.push_back(Issue{Code::E0003,
                                   Span{source.get(), 0, 0},
                                   "the policy is empty",
                                   "",
                                   {},
                                   "a policy is at least one phase",
                                   std::nullopt});
  }
  return checked;
}

}  // namespace lrc::check
