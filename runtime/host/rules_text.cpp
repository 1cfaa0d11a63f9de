#include "runtime/host/rules_text.h"

#include <algorithm>
#include <bit>
#include <charconv>

namespace lrc::runtime {
namespace {

std::string hex(std::uint64_t bits) {
  std::string text(16, '0');
  for (std::size_t k = text.size(); k-- > 0; bits >>= 4) text[k] = "0123456789abcdef"[bits % 16];
  return text;
}
std::string hex(double value) { return hex(std::bit_cast<std::uint64_t>(value)); }

std::string line_of(const MetricState& metric) {
  if (!metric.seen) return "metric " + metric.name + " none\n";
  return "metric " + metric.name + " " + std::to_string(metric.evaluation) + " " +
         hex(metric.bits) + "\n";
}

std::string lines_of(const RuleState& rule) {
  std::string text = "rule " + hex(rule.best) + " " + std::to_string(rule.in_a_row) + " " +
                     std::to_string(rule.resting) + " " + std::to_string(rule.since) + "\n";
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

// Takes the words of one line, one after another.
class Words {
 public:
  explicit Words(std::string_view line) : rest_(line) {}

  [[nodiscard]] bool fine() const { return fine_; }
  [[nodiscard]] bool done() const { return fine_ && rest_.empty(); }

  std::string_view word() {
    const std::size_t end = std::min(rest_.find(' '), rest_.size());
    const std::string_view taken = rest_.substr(0, end);
    rest_.remove_prefix(std::min(rest_.size(), end + 1));
    fine_ = fine_ && !taken.empty();
    return taken;
  }
  std::int64_t integer() { return parsed<std::int64_t>(10); }
  std::uint64_t bits() { return parsed<std::uint64_t>(16); }
  double real() { return std::bit_cast<double>(bits()); }

 private:
  template <class Number>
  Number parsed(int base) {
    const std::string_view text = word();
    Number value = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value, base);
    fine_ = fine_ && result.ec == std::errc() && result.ptr == text.data() + text.size();
    return value;
  }

  std::string_view rest_;
  bool fine_ = true;
};

bool read_metric(Words words, RulesState& state) {
  MetricState metric{std::string(words.word())};
  Words none = words;
  if (none.word() != "none" || !none.done()) {
    metric.seen = true;
    metric.evaluation = words.integer();
    metric.bits = words.bits();
    if (!words.done()) return false;
  }
  state.metrics.push_back(std::move(metric));
  return true;
}

bool read_rule(Words words, RulesState& state) {
  RuleState rule;
  rule.best = words.real();
  rule.in_a_row = words.integer();
  rule.resting = words.integer();
  rule.since = words.integer();
  state.rules.push_back(std::move(rule));
  return words.done();
}

bool read_observed(Words words, RulesState& state) {
  if (state.rules.empty()) return false;
  RuleState& rule = state.rules.back();
  const std::int64_t updates = words.integer();
  rule.ring.push_back({updates, words.real()});
  rule.held = rule.ring.size();
  return words.done();
}

bool read_reaction(Words words, RulesState& state) {
  ReactionState reaction;
  reaction.factor = words.real();
  reaction.until = words.integer();
  reaction.firings = words.integer();
  state.reactions.push_back(reaction);
  return words.done();
}

bool read_line(std::string_view line, RulesState& state) {
  Words words(line);
  const std::string_view key = words.word();
  if (key == "metric") return read_metric(words, state);
  if (key == "rule") return read_rule(words, state);
  if (key == "observed") return read_observed(words, state);
  return key == "reaction" && read_reaction(words, state);
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
