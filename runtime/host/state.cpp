#include "runtime/host/state.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "runtime/host/fields.h"
#include "runtime/host/lines.h"
#include "runtime/host/rules_text.h"
#include "runtime/host/sha256.h"

namespace lrc::runtime {

namespace {

constexpr std::string_view first_words = "lrc state ";
constexpr std::string_view first_line = "lrc state 2\n";
constexpr std::string_view checksum_key = "sha256 ";
constexpr std::size_t checksum_digits = 2 * std::tuple_size_v<Digest>;
constexpr std::size_t record_name_digits = 16;
constexpr std::size_t checksum_line_size = checksum_key.size() + checksum_digits + 1;

// `key value` lines, one after another.
class LineWriter {
 public:
  explicit LineWriter(std::string_view first) : text_(first) {}

  void line(std::string_view key, std::string_view value) {
    text_.append(key).append(" ").append(value).append("\n");
  }
  void line(std::string_view key, std::int64_t value) { line(key, std::to_string(value)); }
  void lines(std::string_view key, std::string_view text) {
    for (const std::string_view value : lines_of(text)) line(key, value);
  }
  [[nodiscard]] std::string text() && { return std::move(text_); }

 private:
  std::string text_;
};

void write_values(LineWriter& writer, std::string_view key, const std::vector<NamedValue>& values) {
  for (const NamedValue& value : values) {
    writer.line(key, hex(value.value) + " " + value.output +
                         (value.groups.empty() ? "" : " " + value.groups));
  }
}

void write_transition(LineWriter& writer, const SavedTransition& transition) {
  if (transition == SavedTransition{}) return;
  writer.line("transition",
              std::to_string(transition.begin) + " " + std::to_string(transition.updates));
  write_values(writer, "from", transition.from);
}

void write_history(LineWriter& writer, const History& history) {
  std::int64_t number = history.older;
  for (const GivenWord& given : history.words) {
    writer.line("word", std::to_string(++number) + " " + std::to_string(given.step) + " " +
                            given.from_hash + " " + given.from_run_hash + " " + given.to_hash +
                            " " + given.to_run_hash + " " + given.word);
  }
}

std::string state_body(const State& state) {
  LineWriter writer(first_line);
  writer.line("policy", state.identity.policy);
  writer.line("version", std::to_string(state.identity.version));
  writer.line("hash", state.identity.hash);
  writer.line("run_hash", state.identity.run_hash);
  writer.line("layout_hash", state.layout_hash);
  writer.lines("fact", state.identity.facts);
  writer.lines("canonical", state.canonical);
  writer.line("step", state.step);
  write_values(writer, "value", state.values);
  write_transition(writer, state.transition);
  write_history(writer, state.history);
  return std::move(writer).text().append(rules_text(state.rules));
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

// The lines of this key, as many as there are, as one text.
std::string read_lines(LineReader& reader, std::string_view key) {
  std::string text;
  for (bool first = true; const auto line = reader.take(key); first = false) {
    if (!first) text += '\n';
    text += *line;
  }
  return text;
}

bool read_values(LineReader& reader, std::string_view key, std::vector<NamedValue>& values) {
  while (const auto line = reader.take(key)) {
    Fields fields(*line);
    const double value = fields.real();
    const std::string output(fields.text());
    if (!fields.fine()) return false;
    values.push_back({output, std::string(fields.rest()), value});
  }
  return true;
}

bool read_transition(LineReader& reader, SavedTransition& transition) {
  const auto line = reader.take("transition");
  if (!line) return true;
  Fields fields(*line);
  transition.begin = fields.integer();
  transition.updates = fields.integer();
  return fields.done() && read_values(reader, "from", transition.from);
}

bool read_history(LineReader& reader, History& history) {
  while (const auto line = reader.take("word")) {
    Fields fields(*line);
    const std::int64_t number = fields.integer();
    GivenWord given;
    given.step = fields.integer();
    for (std::string* hash :
         {&given.from_hash, &given.from_run_hash, &given.to_hash, &given.to_run_hash})
      *hash = fields.text();
    if (!fields.fine()) return false;
    given.word = fields.rest();
    if (history.words.empty()) history.older = number - 1;
    history.words.push_back(std::move(given));
  }
  return history.older >= 0 && history.words.size() <= maximum_words_kept;
}

bool read_identity(LineReader& reader, Identity& identity) {
  return read_text(reader, "policy", identity.policy) &&
         read_number(reader, "version", identity.version) &&
         read_text(reader, "hash", identity.hash) &&
         read_text(reader, "run_hash", identity.run_hash);
}

bool read_body(std::string_view body, State& state) {
  LineReader reader(body.substr(first_line.size()));
  if (!read_identity(reader, state.identity)) return false;
  if (!read_text(reader, "layout_hash", state.layout_hash)) return false;
  state.identity.facts = read_lines(reader, "fact");
  state.canonical = read_lines(reader, "canonical");
  if (state.canonical.size() > maximum_saved_canonical_bytes) return false;
  if (!read_number(reader, "step", state.step) || state.step < 0) return false;
  return read_values(reader, "value", state.values) && read_transition(reader, state.transition) &&
         read_history(reader, state.history) && read_rules_text(reader.rest(), state.rules);
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
         "`, and this release reads format 2: use the release that wrote it, or a later one";
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

}  // namespace

void History::add(GivenWord word) {
  words.push_back(std::move(word));
  if (words.size() <= maximum_words_kept) return;
  words.erase(words.begin());
  ++older;
}

std::string save_state(const State& state) {
  std::string text = state_body(state);
  const std::string checksum = hex(sha256(text));
  return text.append(checksum_key).append(checksum).append("\n");
}

std::string record_name(const State& state) {
  return hex(sha256(state_body(state))).substr(0, record_name_digits);
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

}  // namespace lrc::runtime
