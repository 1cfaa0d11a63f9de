#include "compiler/check/rules.h"

#include <algorithm>
#include <array>

#include "compiler/source/limits.h"

namespace lrc::check {
namespace {

using exact::Length;
using exact::Number;
using exact::Rational;
using Kind = ast::Trigger::Kind;

// Counts beyond this are longer than any run.
constexpr std::uint64_t largest_count = 1'000'000'000'000;

std::string_view name_of(Kind kind) {
  constexpr std::array<std::string_view, 4> names = {"plateau", "spike", "nonfinite", "threshold"};
  return names[static_cast<std::size_t>(kind)];
}

class RuleChecker {
 public:
  RuleChecker(Context& context, const ast::Rule& ast, const RuleNames& names)
      : context_(context), ast_(ast), names_(names) {}

  std::optional<policy::Rule> check() {
    policy::Rule built;
    built.span = ast_.span;
    const std::size_t issues = context_.issues.size();
    const std::size_t needs = context_.needs->size();
    const std::vector<std::string> outputs = acted_on();
    if (!outputs.empty()) context_.output = outputs.front();
    trigger(built.trigger);
    conditions(built);
    needed_by_all(needs, outputs);
    reactions(built);
    signals(built);
    return context_.issues.size() == issues ? std::optional(std::move(built)) : std::nullopt;
  }

 private:
  // A signal is sent whichever outputs are bound.
  std::vector<std::string> acted_on() const {
    if (!ast_.signals.empty()) return names_.outputs;
    std::vector<std::string> outputs;
    for (const ast::Reaction& item : ast_.reactions) outputs.push_back(item.output.text);
    return outputs;
  }

  // What the trigger needs, every output that it acts on needs.
  void needed_by_all(std::size_t first, const std::vector<std::string>& outputs) {
    const std::vector<policy::Need> needs(context_.needs->begin() + static_cast<long>(first),
                                          context_.needs->end());
    for (std::size_t i = 1; i < outputs.size(); ++i) {
      for (policy::Need need : needs) {
        need.output = outputs[i];
        context_.needs->push_back(std::move(need));
      }
    }
  }

  void metric(const ast::Word& word, policy::Trigger& built) {
    const auto& known = names_.metrics;
    built.metrics.push_back(word.text);
    if (known.empty() || std::find(known.begin(), known.end(), word.text) != known.end()) return;
    Issue& issue = context_.report(Code::E0703, word.span,
                                   fmt::format("no metric `{}` is declared", word.text));
    issue.reason = "a policy that declares metrics declares all that its rules observe";
    if (const auto guess = diagnostics::closest(word.text, known)) {
      issue.fix = Fix{fmt::format("did you mean `{}`?", *guess), word.span, *guess};
    } else {
      issue.fix = Fix{fmt::format("declare it: `metric {}`", word.text), std::nullopt, ""};
    }
  }

  // A whole number of evaluations or firings.
  std::optional<std::uint64_t> count(const ast::Value& value, std::uint64_t least,
                                     std::string_view what) {
    const Rational& number = value.number;
    if (exact::denominator(number) == 1 && number >= least && number <= largest_count)
      return exact::numerator(number).convert_to<std::uint64_t>();
    context_
        .report(Code::E0110, value.span,
                fmt::format("`{}` is no count of {}", written(value), what))
        .reason = fmt::format("it is a whole number from {}", least);
    return std::nullopt;
  }

  std::optional<Length> duration(const ast::Value& value) {
    auto length = check_length(context_, value);
    if (!length || !length->simple()) return length;
    if (smallest(context_, length->terms[0].amount) != Rational(0)) return length;
    context_.report(Code::E0110, value.span, "a duration of zero").reason =
        "what a rule measures or does takes some time";
    return std::nullopt;
  }

  // One in another unit than steps is measured when a run is bound.
  std::optional<Length> window(const ast::Value& value) {
    auto length = duration(value);
    if (!length || !length->simple() || length->of() != Length::Of::steps) return length;
    const auto least = smallest(context_, length->terms[0].amount);
    if (!least || *least <= source::maximum_window) return length;
    context_
        .report(Code::E0705, value.span,
                fmt::format("a window of more than {} updates", source::maximum_window))
        .reason = "every checkpoint carries what a window holds";
    return std::nullopt;
  }

  void trigger(policy::Trigger& built) {
    const ast::Trigger& ast = ast_.trigger;
    built.kind = static_cast<policy::Trigger::Kind>(ast.kind);
    for (const ast::Word& word : ast.metrics) metric(word, built);
    if (ast.kind == Kind::plateau) {
      built.upwards = ast.upwards;
      built.level = Rational(0);
      built.count = count(*ast.count, 1, "evaluations").value_or(1);
    } else if (ast.kind == Kind::spike) {
      if (auto times = check_number(context_, *ast.times, "`above`")) {
        built.level = *times;
        above_its_mean(*ast.times, *times);
      }
      built.window = window(*ast.over);
    } else if (ast.kind == Kind::threshold) {
      built.upwards = ast.upwards;
      if (auto level = check_signed_number(context_, *ast.threshold, "a threshold"))
        built.level = *level;
    }
  }

  void above_its_mean(const ast::Value& value, const Number& times) {
    const auto least = smallest(context_, times);
    if (!least || *least >= 1) return;
    context_
        .report(Code::E0110, value.span,
                fmt::format("`{}` times its mean is no spike", written(value)))
        .reason = "a spike is above its mean";
  }

  void does_not_take(const ast::Condition& condition, std::string_view what, std::string_view why) {
    context_
        .report(Code::E0702, condition.span,
                fmt::format("`{}` does not take {}", name_of(ast_.trigger.kind), what))
        .reason = std::string(why);
  }

  void conditions(policy::Rule& built) {
    std::array<const ast::Condition*, 5> seen{};
    for (const ast::Condition& item : ast_.conditions) {
      // A threshold is relative or absolute.
      const bool absolute = item.kind == ast::Condition::Kind::absolute;
      const auto kind = absolute ? std::size_t{0} : static_cast<std::size_t>(item.kind);
      if (seen[kind] != nullptr) {
        Issue& issue = context_.report(Code::E0303, item.span, "this is said twice of one rule");
        issue.labels.push_back(Label{seen[kind]->span, "said here already"});
        continue;
      }
      seen[kind] = &item;
      condition(item, built);
    }
  }

  void condition(const ast::Condition& item, policy::Rule& built) {
    using Condition = ast::Condition::Kind;
    const Kind kind = ast_.trigger.kind;
    switch (item.kind) {
      case Condition::relative:
      case Condition::absolute:
        if (kind != Kind::plateau)
          return does_not_take(item, "a threshold for better", "it does not compare with a best");
        built.trigger.relative = item.kind == Condition::relative;
        if (auto level = check_number(context_, *item.value, "`threshold`"))
          built.trigger.level = *level;
        return;
      case Condition::cooldown:
        built.cooldown = count(*item.value, 0, "evaluations").value_or(0);
        return;
      case Condition::after: built.after = check_length(context_, *item.value); return;
      case Condition::counting:
        if (kind == Kind::spike)
          return does_not_take(item, "`counting nonfinite`", "the mean would be no number");
        if (kind == Kind::nonfinite)
          return does_not_take(item, "`counting nonfinite`", "it counts nothing else");
        built.counting = true;
        return;
    }
  }

  void reactions(policy::Rule& built) {
    if (ast_.reactions.empty() && ast_.signals.empty()) {
      context_.report(Code::E0704, ast_.span, "a rule that does nothing").fix =
          Fix{"say what it does, as in `{ lr by 0.5 for 500 steps }` or `{ signal early_stop }`",
              std::nullopt, ""};
    }
    std::map<std::string, Span> seen;
    for (const ast::Reaction& item : ast_.reactions) {
      if (!names_.known_output(item.output)) continue;
      const auto [before, fresh] = seen.emplace(item.output.text, item.span);
      if (!fresh) {
        Issue& issue = context_.report(
            Code::E0303, item.span, fmt::format("one rule acts twice on `{}`", item.output.text));
        issue.labels.push_back(Label{before->second, "said here already"});
        continue;
      }
      context_.output = item.output.text;
      built.reactions.push_back(reaction(item));
    }
  }

  void signals(policy::Rule& built) {
    std::map<std::string, Span> seen;
    for (const ast::Word& item : ast_.signals) {
      const auto [before, fresh] = seen.emplace(item.text, item.span);
      if (!fresh) {
        Issue& issue = context_.report(Code::E0303, item.span,
                                       fmt::format("one rule sends `{}` twice", item.text));
        issue.labels.push_back(Label{before->second, "said here already"});
        continue;
      }
      built.signals.push_back(item.text);
    }
    if (built.signals.size() <= source::maximum_signals) return;
    context_
        .report(Code::E0706, ast_.signals[source::maximum_signals].span,
                fmt::format("a rule with {} signals", built.signals.size()))
        .reason = fmt::format("a rule sends at most {}", source::maximum_signals);
  }

  policy::Reaction reaction(const ast::Reaction& item) {
    policy::Reaction built;
    built.output = item.output.text;
    const std::size_t issues = context_.issues.size();
    if (auto by = check_number(context_, item.by, "`by`")) built.by = *by;
    if (item.duration) built.duration = duration(*item.duration);
    limits(item, built);
    if (context_.issues.size() == issues) bounded(item, built);
    return built;
  }

  void limits(const ast::Reaction& item, policy::Reaction& built) {
    std::array<const ast::Limit*, 3> seen{};
    for (const ast::Limit& limit : item.limits) {
      const auto kind = static_cast<std::size_t>(limit.kind);
      if (seen[kind] != nullptr) {
        Issue& issue = context_.report(Code::E0303, limit.span, "this is said twice of one output");
        issue.labels.push_back(Label{seen[kind]->span, "said here already"});
        continue;
      }
      seen[kind] = &limit;
      switch (limit.kind) {
        case ast::Limit::Kind::not_below: built.floor = check_level(context_, limit.value); break;
        case ast::Limit::Kind::at_most: built.most = count(limit.value, 1, "firings"); break;
        case ast::Limit::Kind::ignoring: built.ignored = check_level(context_, limit.value); break;
      }
    }
  }

  // M11: what multiplies at every firing says where that stops. A floor stops nothing that grows.
  void bounded(const ast::Reaction& item, const policy::Reaction& built) {
    if (built.duration || built.most) return;
    const auto* by = std::get_if<Rational>(&built.by);
    const bool grows = by != nullptr && *by > 1;
    if (built.floor && !grows) return;
    Issue& issue = context_.report(
        Code::E0701, item.span,
        fmt::format("`{}` is multiplied at every firing, without end", built.output));
    issue.annotation = grows ? "`at most N times` is needed here" : "where does it stop?";
    issue.reason = grows ? "`not below` bounds nothing that grows"
                         : "a factor without `for` stays, and the next firing multiplies again";
    issue.fix = Fix{grows ? "say `at most 3 times`, or for how long, as in `for 500 steps`"
                          : "say `not below 0.01x` or `at most 3 times`, or for how long, as in "
                            "`for 500 steps`",
                    std::nullopt, ""};
  }

  Context& context_;
  const ast::Rule& ast_;
  const RuleNames& names_;
};

}  // namespace

std::optional<policy::Rule> check_rule(Context& context, const ast::Rule& rule,
                                       const RuleNames& names) {
  return RuleChecker(context, rule, names).check();
}

}  // namespace lrc::check
