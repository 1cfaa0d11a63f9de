#include "compiler/bind/rules.h"

#include <algorithm>

#include "compiler/source/limits.h"

namespace lrc::bind {
namespace {

using diagnostics::Code;

static_assert(source::maximum_rules == runtime::maximum_rules);
static_assert(source::maximum_signals == runtime::maximum_signals);
static_assert(source::maximum_window == runtime::maximum_window);

std::int64_t saturated(const exact::Integer& value) {
  return value > runtime::maximum_step ? runtime::maximum_step : value.convert_to<std::int64_t>();
}

std::uint32_t index_in(std::vector<std::string>& names, const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  const auto index = static_cast<std::uint32_t>(found - names.begin());
  if (found == names.end()) names.push_back(name);
  return index;
}

class RuleBinder {
 public:
  RuleBinder(const Environment& environment, runtime::Program& built)
      : environment_(environment), built_(built) {}

  void bind(const ir::Rule& rule, std::uint32_t number, const std::set<std::string>& outputs) {
    const auto first = static_cast<std::uint32_t>(built_.reactions.size());
    for (const ir::Reaction& item : rule.reactions) {
      if (outputs.contains(item.output)) reaction(item, rule);
    }
    const auto reactions = static_cast<std::uint32_t>(built_.reactions.size()) - first;
    if (reactions == 0 && rule.signals.empty()) return;
    built_.rules.push_back(trigger(rule));
    built_.rules.back().first_reaction = first;
    built_.rules.back().reactions = reactions;
    built_.rules.back().number = number;
    built_.rules.back().signals = rule.signals;
  }

  std::map<std::string, std::vector<BoundReaction>> by_output;

 private:
  // The updates that begin within a length from an update on. It must not matter from which.
  [[nodiscard]] std::int64_t duration(const exact::Length& length, const ir::Rule& rule) const {
    const std::int64_t whole = saturated(exact::ceiling(steps(length, rule)));
    if (whole <= 0)
      refuse(Code::E0110, rule.origin, "a duration of zero", "a duration is above zero");
    return whole;
  }

  [[nodiscard]] exact::Rational steps(const exact::Length& length, const ir::Rule& rule) const {
    try {
      return environment_.steps(length, std::nullopt);
    } catch (Refusal& refusal) {
      refusal.failure.origin = rule.origin;
      throw;
    }
  }

  [[nodiscard]] double absolute(const exact::Level& value, const std::string& output) const {
    const BoundLevel level = environment_.level(value);
    return level.relative ? level.value * environment_.peak(output) : level.value;
  }

  runtime::Rule trigger(const ir::Rule& rule) {
    runtime::Rule bound;
    bound.trigger = static_cast<runtime::Rule::Trigger>(rule.trigger.kind);
    bound.upwards = rule.trigger.upwards;
    bound.relative = rule.trigger.relative;
    bound.counting = rule.counting;
    for (const std::string& metric : rule.trigger.metrics)
      bound.metrics.push_back(index_in(built_.metrics, metric));
    bound.level = level(rule);
    bound.count = rule.trigger.window ? window(rule) : saturated(rule.trigger.count);
    bound.cooldown = saturated(rule.cooldown);
    if (rule.after) bound.after = saturated(exact::ceiling(environment_.position(*rule.after)));
    return bound;
  }

  // A parameter may be set to what the policy could not say itself.
  [[nodiscard]] double level(const ir::Rule& rule) const {
    using Kind = ir::Trigger::Kind;
    const double level = environment_.real(rule.trigger.level);
    if (rule.trigger.kind == Kind::spike && level < 1) {
      refuse(Code::E0110, rule.origin, fmt::format("{} times its mean is no spike", level),
             "a spike is above its mean");
    }
    if (rule.trigger.kind == Kind::plateau && level < 0) {
      refuse(Code::E0110, rule.origin, fmt::format("a threshold of {} for better", level),
             "what is worse is never better");
    }
    return level;
  }

  [[nodiscard]] std::int64_t window(const ir::Rule& rule) const {
    const std::int64_t whole = duration(*rule.trigger.window, rule);
    if (whole > runtime::maximum_window) {
      refuse(Code::E0705, rule.origin,
             fmt::format("the window of this rule is {} updates long", whole),
             fmt::format("a window holds at most {} observations, which every checkpoint carries",
                         runtime::maximum_window),
             "say a shorter window");
    }
    return whole;
  }

  void reaction(const ir::Reaction& item, const ir::Rule& rule) {
    runtime::Reaction bound;
    bound.by = environment_.real(item.by);
    if (item.duration) bound.updates = duration(*item.duration, rule);
    if (item.most) bound.most = saturated(*item.most);
    if (item.ignored) bound.ignored = absolute(*item.ignored, item.output);
    if (bound.by < 0)
      refuse(Code::E0110, rule.origin, "a factor below zero", "factors are not negative");
    if (bound.by > 1 && !item.duration && !item.most) {
      refuse(Code::E0701, rule.origin,
             fmt::format("`{}` grows by {} at every firing, without end", item.output, bound.by),
             "`not below` bounds nothing that grows", "say `at most 5 times`");
    }
    std::optional<double> floor;
    if (item.floor) floor = absolute(*item.floor, item.output);
    by_output[item.output].push_back(
        {static_cast<std::uint32_t>(built_.reactions.size()), bound.by > 1, floor});
    built_.reactions.push_back(bound);
  }

  const Environment& environment_;
  runtime::Program& built_;
};

}  // namespace

std::map<std::string, std::vector<BoundReaction>> bind_rules(const ir::Program& program,
                                                             const Environment& environment,
                                                             const std::set<std::string>& outputs,
                                                             runtime::Program& built) {
  RuleBinder binder(environment, built);
  for (std::uint32_t k = 0; k < program.rules.size(); ++k)
    binder.bind(program.rules[k], k, outputs);
  return std::move(binder.by_output);
}

}  // namespace lrc::bind
