#include "runtime/events/line.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

#include "runtime/host/fields.h"

namespace lrc::runtime {
namespace {

constexpr std::string_view digits = "0123456789abcdef";

// The length of the well-formed UTF-8 sequence at the front of a text, 0 if there is none.
std::size_t sequence(std::string_view text) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[k]); };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size) return 0;
  for (std::size_t k = 1; k < size; ++k) {
    if ((byte(k) & 0xc0) != 0x80) return 0;
  }
  // Too long a way to say it, half of a pair, or behind the last character.
  const unsigned second = byte(1);
  const bool wrong = (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
                     (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f);
  return wrong ? 0 : size;
}

// One object of JSON, in the order in which it is written.
class Object {
 public:
  void text(std::string_view key, std::string_view value) {
    begin(key);
    quoted(value);
  }
  void integer(std::string_view key, std::int64_t value) { begin(key).append(decimal(value)); }
  void truth(std::string_view key, bool value) { begin(key).append(value ? "true" : "false"); }
  void real(std::string_view key, double value) { begin(key).append(shortest(value)); }
  void bits(std::string_view key, double value) {
    begin(key);
    quoted(hex(value));
  }
  template <class Items, class Write>
  void list(std::string_view key, const Items& items, const Write& write) {
    begin(key).append("[");
    bool first = true;
    for (const auto& item : items) {
      if (!first) text_ += ',';
      first = false;
      write(*this, item);
    }
    text_ += ']';
  }
  void texts(std::string_view key, const std::vector<std::string>& items) {
    list(key, items, [](Object& out, const std::string& item) { out.quoted(item); });
  }
  void reals(std::string_view key, std::span<const double> values) {
    list(key, values, [](Object& out, double value) { out.text_ += shortest(value); });
  }
  void all_bits(std::string_view key, std::span<const double> values) {
    list(key, values, [](Object& out, double value) { out.quoted(hex(value)); });
  }
  std::string take() { return text_ + '}'; }

 private:
  std::string& begin(std::string_view key) {
    text_ += text_.size() == 1 ? "\"" : ",\"";
    return text_.append(key).append("\":");
  }

  void quoted(std::string_view value) {
    text_ += '"';
    while (!value.empty()) {
      const std::size_t size = sequence(value);
      const char c = value.front();
      if (size == 0) {
        text_ += "\\ufffd";
      } else if (size == 1 && static_cast<unsigned char>(c) < ' ') {
        text_ += "\\u00";
        text_ += digits[static_cast<unsigned char>(c) >> 4];
        text_ += digits[c & 15];
      } else {
        if (c == '"' || c == '\\') text_ += '\\';
        text_ += value.substr(0, size);
      }
      value.remove_prefix(std::max<std::size_t>(size, 1));
    }
    text_ += '"';
  }

  static std::string decimal(std::int64_t value) { return std::to_string(value); }

  static std::string shortest(double value) {
    if (!std::isfinite(value)) return "null";
    std::array<char, 32> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
    return {buffer.data(), end};
  }

  std::string text_ = "{";
};

using Kind = Event::Kind;

constexpr std::array<std::string_view, 13> kinds = {
    "start", "phase", "clamp", "zero",     "observation", "firing", "signal",
    "save",  "load",  "word",  "mismatch", "end",         "skipped"};
constexpr std::array<std::string_view, 3> clamp_names = {"left", "low", "high"};
constexpr std::array<std::string_view, 6> outcomes = {"accepted", "not_finite",  "duplicate",
                                                      "older",    "conflicting", "unknown"};
constexpr std::array<std::string_view, 4> triggers = {"plateau", "spike", "nonfinite", "threshold"};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

void start(Object& out, const Program& program, const Event& event) {
  const Identity& identity = program.identity;
  out.text("policy", identity.policy);
  out.integer("version", static_cast<std::int64_t>(identity.version));
  out.text("hash", identity.hash);
  out.text("run_hash", identity.run_hash);
  out.texts("facts", lines_of(identity.facts));
  out.texts("outputs", program.outputs);
  std::vector<std::string> groups;
  for (std::size_t k = 0; k < program.group_sets.size(); ++k)
    groups.push_back(group_set_name(program, k));
  out.texts("groups", groups);
  if (event.count != Event::no_count) out.integer("updates", event.count);
}

void output(Object& out, const Program& program, const Event& event) {
  if (event.output < program.outputs.size()) out.text("output", program.outputs[event.output]);
  if (event.group < program.group_sets.size())
    out.text("group", group_set_name(program, event.group));
}

void number(Object& out, double value) {
  out.real("value", value);
  out.bits("bits", value);
}

void observation(Object& out, const Program& program, const Event& event) {
  const bool known = event.subject < program.metrics.size();
  out.text("metric", known ? std::string_view(program.metrics[event.subject]) : event.called());
  out.integer("evaluation", event.evaluation);
  number(out, event.value);
  out.text("outcome", outcomes[static_cast<std::size_t>(event.outcome)]);
}

// A rule is called by its number in the policy, from 0.
void rule(Object& out, const Program& program, const Event& event) {
  if (event.subject >= program.rules.size()) return;
  const Rule& rule = program.rules[event.subject];
  if (event.kind == Kind::signal && event.count >= 0 &&
      static_cast<std::size_t>(event.count) < rule.signals.size())
    out.text("signal", rule.signals[static_cast<std::size_t>(event.count)]);
  out.integer("rule", rule.number);
  out.text("trigger", triggers[static_cast<std::size_t>(rule.trigger)]);
  out.integer("evaluation", event.evaluation);
  if (!std::isnan(event.before)) out.real("before", event.before);
  if (!std::isnan(event.value)) number(out, event.value);
}

void details(Object& out, const Program& program, const Event& event) {
  switch (event.kind) {
    case Kind::start: return start(out, program, event);
    case Kind::phase:
      output(out, program, event);
      if (event.subject < program.phases.size())
        out.text("phase", program.phases[event.subject].name);
      return;
    case Kind::clamp:
      output(out, program, event);
      out.text("clamp", clamp_names[static_cast<std::size_t>(event.clamp)]);
      return number(out, event.value);
    case Kind::zero: return output(out, program, event);
    case Kind::observation: return observation(out, program, event);
    case Kind::firing:
    case Kind::signal: return rule(out, program, event);
    case Kind::save: return out.truth("ok", event.fine);
    case Kind::load:
      out.truth("ok", event.fine);
      if (event.count != Event::no_count) out.integer("generation", event.count);
      if (event.called().empty()) return;
      out.integer("saved", event.evaluation);
      return out.text("record", event.called());
    case Kind::word: return out.text("word", event.called());
    case Kind::mismatch:
      out.text("what", event.called());
      if (event.count != Event::no_count) out.integer("rank", event.count);
      return;
    case Kind::end:
    case Kind::skipped: return;
  }
}

}  // namespace

std::string group_set_name(const Program& program, std::size_t group_set) {
  std::string name;
  for (const std::uint32_t group : program.group_sets[group_set]) {
    if (!name.empty()) name += '+';
    name += program.groups[group].name;
  }
  return name;
}

std::uint32_t phase_at(const Program& program, std::uint32_t output, std::int64_t update) noexcept {
  const auto behind =
      std::upper_bound(program.phases.begin(), program.phases.end(), std::pair(output, update),
                       [](const auto& place, const NamedPhase& phase) {
                         return place < std::pair(phase.output, phase.start);
                       });
  if (behind == program.phases.begin() || std::prev(behind)->output != output) return Event::none;
  return static_cast<std::uint32_t>(std::prev(behind) - program.phases.begin());
}

std::string line(const Program& program, const Event& event) {
  Object out;
  out.text("event", kinds[static_cast<std::size_t>(event.kind)]);
  out.integer("update", event.update);
  details(out, program, event);
  if (event.dropped > 0) out.integer("dropped", event.dropped);
  return out.take();
}

std::string update_line(const Program& program, std::int64_t update,
                        std::span<const double> values) {
  Object out;
  out.text("event", "update");
  out.integer("update", update);
  out.reals("values", values);
  out.all_bits("bits", values);
  std::vector<std::string> phases;
  for (std::uint32_t k = 0; k < program.outputs.size(); ++k) {
    const std::uint32_t phase = phase_at(program, k, update);
    phases.push_back(phase == Event::none ? "" : program.phases[phase].name);
  }
  out.texts("phases", phases);
  return out.take();
}

}  // namespace lrc::runtime
