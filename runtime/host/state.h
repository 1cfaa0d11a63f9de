#pragma once
// The record of where a run stands, as a checkpoint carries it: `lrc state 2`.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "runtime/host/named_values.h"
#include "runtime/host/program.h"
#include "runtime/host/rules.h"

namespace lrc::runtime {

// What goes from values on a line to those of the program. Without updates there is none.
struct SavedTransition {
  std::int64_t begin = 0;    // the first update that it acts on
  std::int64_t updates = 0;  // the last of so many uses the program's values
  std::vector<NamedValue> from = {};
  bool operator==(const SavedTransition&) const = default;
};

// A word that was given for going on.
struct GivenWord {
  std::string word;
  std::int64_t step = 0;  // where the saved clock stood
  std::string from_hash, from_run_hash;
  std::string to_hash, to_run_hash;  // of what was in force from then on
  bool operator==(const GivenWord&) const = default;
};

inline constexpr std::size_t maximum_words_kept = 64;

// The words of a run, the last ones kept. The first of `words` has the number older + 1.
struct History {
  std::int64_t older = 0;
  std::vector<GivenWord> words = {};
  void add(GivenWord word);
  bool operator==(const History&) const = default;
};

// A canonical text that is longer is left out of the record.
inline constexpr std::size_t maximum_saved_canonical_bytes = std::size_t{1} << 16;  // 64 KiB

// Plain data: but for the history, as large as the program makes it.
struct State {
  Identity identity;
  std::int64_t step = 0;  // updates applied so far; the next update uses the value at `step`
  RulesState rules = {};
  std::string layout_hash = {};         // of what `rules` holds: see state_layout.h
  std::string canonical = {};           // of the policy; empty where it is not known or too long
  std::vector<NamedValue> values = {};  // of the coming update, transition included
  SavedTransition transition = {};
  History history = {};
};

// The state as text, one `key value` a line, closed by a line with the SHA-256 of all before it.
[[nodiscard]] std::string save_state(const State& state);

// What events call the record of a state by: the first 16 digits of that SHA-256.
[[nodiscard]] std::string record_name(const State& state);

// Reads what save_state wrote. The error says what is wrong with the text (cut, changed, foreign).
[[nodiscard]] tl::expected<State, std::string> load_state(std::string_view text);

}  // namespace lrc::runtime
