#include "runtime/host/rules_text.h"

#include "runtime/host/fields.h"

namespace lrc::runtime {
namespace {

std::string line_of(const MetricState& metric) {
  if (!metric.seen) return "metric " + metric.name + " none\n";
  return "metric " + metric.name + " " + std::to_string(metric.evaluation) + " " +
         hex(metric.bits) + "\n";
}

std::string lines_of(const RuleState& rule) {
  std::string text = "rule " + hex(rule.best) + " " + std::to_string(rule.in_a_row) + " " +
                     std::to_string(rule.resting) + " " + std::to_string(rule.since) + " " +
                     std::to_string(rule.last_firing) + "\n";
  for (std::size_t k = 0; k < rule.held; ++k) {
    const Observed& observed = rule.ring[(rule.oldest + k) % rule.ring.size()];
    text += "observed " + std::to_string(observed.updates) + " " + hex(observed.value) + "\n";
  }
  return text;
}

std::string line_of(const ReactionState& reaction) {
  return "reaction " + hex(reaction.factor) + " " + std::to_string(reaction.until) + " " +
         std::to_string(reaction.firings) + "\n";
}

bool read_metric(Fields fields, RulesState& state) {
  MetricState metric{std::string(fields.text())};
  Fields none = fields;
  if (none.text() != "none" || !none.done()) {
    metric.seen = true;
    metric.evaluation = fields.integer();
    metric.bits = fields.bits();
    if (!fields.done()) return false;
  }
  state.metrics.push_back(std::move(metric));
  return true;
}

bool read_rule(Fields fields, RulesState& state) {
  RuleState rule;
  rule.best = fields.real();
  rule.in_a_row = fields.integer();
  rule.resting = fields.integer();
  rule.since = fields.integer();
  rule.last_firing = fields.integer();
  state.rules.push_back(std::move(rule));
  return fields.done();
}

bool read_observed(Fields fields, RulesState& state) {
  if (state.rules.empty()) return false;
  RuleState& rule = state.rules.back();
  const std::int64_t updates = fields.integer();
  rule.ring.push_back({updates, fields.real()});
  rule.held = rule.ring.size();
  return fields.done();
}

bool read_reaction(Fields fields, RulesState& state) {
  ReactionState reaction;
  reaction.factor = fields.real();
  reaction.until = fields.integer();
  reaction.firings = fields.integer();
  state.reactions.push_back(reaction);
  return fields.done();
}

bool read_line(std::string_view line, RulesState& state) {
  Fields fields(line);
  const std::string_view key = fields.text();
  if (key == "metric") return read_metric(fields, state);
  if (key == "rule") return read_rule(fields, state);
  if (key == "observed") return read_observed(fields, state);
  return key == "reaction" && read_reaction(fields, state);
}

}  // namespace

std::string rules_text(const RulesState& state) {
  std::string text;
  for (const MetricState& metric : state.metrics) text += line_of(metric);
  for (const RuleState& rule : state.rules) text += lines_of(rule);
  for (const ReactionState& reaction : state.reactions) text += line_of(reaction);
  return text;
}

bool read_rules_text(std::string_view text, RulesState& state) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos || !read_line(text.substr(0, end), state)) return false;
    text.remove_prefix(end + 1);
  }
  return true;
}

}  // namespace lrc::runtime
