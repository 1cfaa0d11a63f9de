#include "compiler/lock/rule_words.h"

#include <fmt/format.h>

namespace lrc::lock {
namespace {

std::string words(const exact::Number& number) {
  constexpr int digits = 17;
  return exact::spoken(
      number, [](const exact::Rational& value) { return exact::to_decimal(value, digits); });
}
std::string words(const ir::Level& level) {
  return words(level.amount) + (level.relative ? "x" : "");
}
std::string words(const ir::Length& length) {
  std::string text;
  for (const ir::Length::Term& term : length.terms) {
    if (!text.empty()) text += " + ";
    text += words(term.amount);
    text += has_unit(term.of) ? fmt::format(" {}", plural(unit_of(term.of))) : " of run";
  }
  return text + (length.rounding == exact::Rounding::none ? "" : " rounded");
}

std::string words(const ir::Trigger& trigger) {
  using Kind = ir::Trigger::Kind;
  const std::string metrics = fmt::format("{}", fmt::join(trigger.metrics, ", "));
  switch (trigger.kind) {
    case Kind::plateau:
      return fmt::format("plateau of {} {} for {} evals, threshold {} {}", metrics,
                         trigger.upwards ? "rising" : "falling", trigger.count,
                         words(trigger.level), trigger.relative ? "relative" : "absolute");
    case Kind::spike:
      return fmt::format("spike of {} above {} times its mean over {}", metrics,
                         words(trigger.level), words(*trigger.window));
    case Kind::nonfinite: return "nonfinite " + metrics;
    case Kind::threshold:
      return fmt::format("threshold of {} {} {}", metrics, trigger.upwards ? "above" : "below",
                         words(trigger.level));
  }
  return "";
}

std::string words(const ir::Reaction& reaction) {
  std::string text = fmt::format("{} by {}", reaction.output, words(reaction.by));
  if (reaction.duration) text += " for " + words(*reaction.duration);
  if (reaction.floor) text += ", not below " + words(*reaction.floor);
  if (reaction.most) text += fmt::format(", at most {} times", *reaction.most);
  if (reaction.ignored) text += ", ignoring changes under " + words(*reaction.ignored);
  return text;
}

}  // namespace

std::string rule_words(const ir::Rule& rule) {
  std::string text = "on " + words(rule.trigger);
  if (rule.cooldown > 0) text += fmt::format(", cooldown {} evals", rule.cooldown);
  if (rule.after) text += ", after " + words(*rule.after);
  if (rule.counting) text += ", counting nonfinite";
  text += " {";
  for (const ir::Reaction& reaction : rule.reactions) text += " " + words(reaction);
  for (const std::string& signal : rule.signals) text += " signal " + signal;
  return text + " }";
}

}  // namespace lrc::lock
