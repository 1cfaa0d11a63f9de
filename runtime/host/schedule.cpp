#include "runtime/host/schedule.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "runtime/arithmetic/environment.h"
#include "runtime/host/rules_text.h"
#include "runtime/host/sha256.h"

namespace lrc::runtime {

namespace {

constexpr std::string_view first_words = "lrc state ";
constexpr std::string_view first_line = "lrc state 1\n";
constexpr std::string_view checksum_key = "sha256 ";
constexpr std::size_t checksum_digits = 2 * std::tuple_size_v<Digest>;
constexpr std::size_t checksum_line_size = checksum_key.size() + checksum_digits + 1;

// No text is no line; otherwise one piece more than there are line feeds, so that joining the
// pieces with line feeds gives the same text again.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  if (text.empty()) return lines;
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  lines.push_back(text);
  return lines;
}

std::string state_body(const State& state) {
  std::string text(first_line);
  const auto line = [&text](std::string_view key, std::string_view value) {
    text.append(key).append(" ").append(value).append("\n");
  };
  line("policy", state.identity.policy);
  line("version", std::to_string(state.identity.version));
  line("hash", state.identity.hash);
  line("run_hash", state.identity.run_hash);
  for (const std::string_view fact : lines_of(state.identity.facts)) line("fact", fact);
  line("step", std::to_string(state.step));
  return text.append(rules_text(state.rules));
}

// Takes `key value` lines from the front of a text.
class LineReader {
 public:
  explicit LineReader(std::string_view text) : rest_(text) {}

  std::optional<std::string_view> take(std::string_view key) {
    const std::size_t end = rest_.find('\n');
    if (end == std::string_view::npos || end <= key.size()) return std::nullopt;
    if (rest_.substr(0, key.size()) != key || rest_[key.size()] != ' ') return std::nullopt;
    const std::string_view value = rest_.substr(key.size() + 1, end - key.size() - 1);
    rest_.remove_prefix(end + 1);
    return value;
  }

  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

bool read_text(LineReader& reader, std::string_view key, std::string& value) {
  const auto text = reader.take(key);
  if (text) value = *text;
  return text.has_value();
}

template <typename Number>
bool read_number(LineReader& reader, std::string_view key, Number& value) {
  const auto text = reader.take(key);
  if (!text) return false;
  const auto result = std::from_chars(text->data(), text->data() + text->size(), value);
  return result.ec == std::errc() && result.ptr == text->data() + text->size();
}

std::string read_facts(LineReader& reader) {
  std::string facts;
  for (bool first = true; const auto fact = reader.take("fact"); first = false) {
    if (!first) facts += '\n';
    facts += *fact;
  }
  return facts;
}

bool read_body(std::string_view body, State& state) {
  LineReader reader(body.substr(first_line.size()));
  Identity& identity = state.identity;
  if (!read_text(reader, "policy", identity.policy)) return false;
  if (!read_number(reader, "version", identity.version)) return false;
  if (!read_text(reader, "hash", identity.hash)) return false;
  if (!read_text(reader, "run_hash", identity.run_hash)) return false;
  identity.facts = read_facts(reader);
  return read_number(reader, "step", state.step) && state.step >= 0 &&
         read_rules_text(reader.rest(), state.rules);
}

// What is wrong with the first line, or nothing.
std::optional<std::string> foreign_or_cut(std::string_view text) {
  if (text.empty()) return "the saved state is empty";
  if (text.substr(0, first_line.size()) == first_line) return std::nullopt;
  if (first_line.substr(0, text.size()) == text) {
    return "the saved state is cut: it ends in its first line";
  }
  if (text.substr(0, first_words.size()) != first_words) {
    return "this is not a saved state of lrc: it does not begin with `lrc state`";
  }
  const std::string_view rest = text.substr(first_words.size());
  return "this saved state has format `" +
         std::string(rest.substr(0, rest.find('\n')).substr(0, 20)) +
         "`, and this release reads format 1: use the release that wrote it, or a later one";
}

// What differs from the checksum line that must close the text, or nothing.
std::optional<std::string> cut_or_changed(std::string_view text) {
  const std::size_t body_size = text.size() - std::min(text.size(), checksum_line_size);
  const std::string_view closing = text.substr(body_size);
  if (body_size < first_line.size() || closing.substr(0, checksum_key.size()) != checksum_key ||
      closing.back() != '\n') {
    return "the saved state is cut or has something after its end: its last line must be `sha256` "
           "and a checksum";
  }
  const std::string_view stated = closing.substr(checksum_key.size(), checksum_digits);
  const std::string actual = hex(sha256(text.substr(0, body_size)));
  if (stated == actual) return std::nullopt;
  return "the saved state was changed after it was written: its text gives sha256 " + actual +
         ", its last line says " + std::string(stated);
}

std::string short_hash(const std::string& hash) {
  constexpr std::size_t shown = std::string_view("lrc1:").size() + 12;
  return hash.substr(0, shown);
}

std::string name_and_version(const Identity& identity) {
  if (identity.policy.empty()) return "a policy without a name";
  return "policy " + identity.policy + " version " + std::to_string(identity.version);
}

std::string described(const Identity& identity) {
  return name_and_version(identity) + ", " + short_hash(identity.hash);
}

std::string_view first_word(std::string_view line) { return line.substr(0, line.find(' ')); }

// The lines of `one` that `other` does not have.
std::vector<std::string_view> lines_only_in(const std::string& one, const std::string& other) {
  const auto others = lines_of(other);
  std::vector<std::string_view> lines;
  for (const std::string_view line : lines_of(one)) {
    if (std::find(others.begin(), others.end(), line) == others.end()) lines.push_back(line);
  }
  return lines;
}

// Puts what was stated beside what is stated now, where both begin with the same word.
std::string fact_differences(const Identity& then, const Identity& now) {
  const auto line = [](std::string_view when, std::string_view what) {
    return std::string(when).append(what).append("\n");
  };
  std::string text;
  auto only_now = lines_only_in(now.facts, then.facts);
  for (const std::string_view fact : lines_only_in(then.facts, now.facts)) {
    text += line("  then: ", fact);
    const auto partner =
        std::find_if(only_now.begin(), only_now.end(),
                     [&](std::string_view other) { return first_word(other) == first_word(fact); });
    text += line("  now:  ", partner == only_now.end() ? "(not stated)" : *partner);
    if (partner != only_now.end()) only_now.erase(partner);
  }
  for (const std::string_view fact : only_now) {
    text += line("  then: ", "(not stated)") + line("  now:  ", fact);
  }
  return text;
}

std::string refusal(const State& then, const Identity& now) {
  const bool same_policy = then.identity.hash == now.hash;
  std::string text = same_policy ? "The saved state belongs to a run with other facts"
                                 : "The saved state belongs to another policy";
  text += "; going on from it would change the schedule in the middle of the run.\n";
  text += "  then: " + described(then.identity) + ", after " + std::to_string(then.step) +
          " updates\n  now:  " + described(now) + "\n";
  if (!same_policy && !now.policy.empty() &&
      name_and_version(then.identity) == name_and_version(now)) {
    text += "The two mean different things although both are called " + name_and_version(now) +
            ": a policy that changes needs a new version.\n";
  }
  if (then.identity.run_hash != now.run_hash) {
    std::string facts = fact_differences(then.identity, now);
    if (facts.empty() && same_policy) {
      facts = "  then: run hash " + then.identity.run_hash + "\n  now:  run hash " + now.run_hash +
              "\n";
    }
    if (!facts.empty()) text += "The facts of the run differ:\n" + facts;
  }
  text += same_policy ? "Resume with the facts of the saved run"
                      : "Resume with the policy file that the saved run used";
  return text + ", or start a new run without this state.";
}

}  // namespace

std::string save_state(const State& state) {
  std::string text = state_body(state);
  const std::string checksum = hex(sha256(text));
  return text.append(checksum_key).append(checksum).append("\n");
}

tl::expected<State, std::string> load_state(std::string_view text) {
  if (auto problem = foreign_or_cut(text)) return tl::make_unexpected(std::move(*problem));
  if (auto problem = cut_or_changed(text)) return tl::make_unexpected(std::move(*problem));
  State state;
  const std::string_view body = text.substr(0, text.size() - checksum_line_size);
  // Saving again must give the same text: nothing in it was skipped or read in two ways.
  if (!read_body(body, state) || state_body(state) != body) {
    return tl::make_unexpected(std::string(
        "the saved state is whole, but its lines are not those that this release writes"));
  }
  return state;
}

Schedule::Schedule(Program program, CompiledFunction compiled)
    : interpreter_(std::move(program)),
      compiled_(compiled),
      rules_(rules_at_rest(this->program())),
      values_(this->program().slots.size()),
      factors_(this->program().reactions.size()),
      at_rest_(this->program().reactions.size(), 1.0) {}

void Schedule::evaluate(std::int64_t step, std::span<double> values,
                        std::span<const double> factors) const noexcept {
  const ArithmeticEnvironment environment;
  if (compiled_ != nullptr)
    compiled_(step, values.data(), factors.data());
  else
    interpreter_.values(step, values.data(), factors.data());
}

void Schedule::evaluate(std::int64_t step, std::span<double> values) const noexcept {
  evaluate(step, values, at_rest_);
}

std::span<const double> Schedule::values() noexcept {
  factors_at(program(), rules_, step_, factors_);
  evaluate(step_, values_, factors_);
  return values_;
}

tl::expected<void, std::string> Schedule::resume(const State& state) {
  if (state.identity.hash != program().identity.hash ||
      state.identity.run_hash != program().identity.run_hash) {
    return tl::make_unexpected(refusal(state, program().identity));
  }
  if (state.step < 0) {
    return tl::make_unexpected("The saved state stands at update " + std::to_string(state.step) +
                               ", and counting begins at 0.");
  }
  auto rules = fitting(program(), state.rules);
  if (!rules) {
    return tl::make_unexpected(
        "The saved state does not fit the rules of the policy: " + rules.error() + ".");
  }
  step_ = state.step;
  rules_ = std::move(*rules);
  return {};
}

}  // namespace lrc::runtime
