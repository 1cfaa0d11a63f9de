#pragma once
// Edits of a text that know what they do to its meaning.

#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/properties/corpus.h"

namespace lrc::test {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  std::size_t below(std::size_t count) { return engine_() % count; }
  bool coin() { return below(2) == 0; }
  template <class Items>
  const auto& pick(const Items& items) {
    return items[below(items.size())];
  }
  template <class Items>
  void shuffle(Items& items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  std::mt19937_64 engine_;
};

// Nothing where the text has nothing that could be edited so.
struct Edit {
  std::string_view name;
  std::optional<std::string> (*apply)(Random&, const Good&);
};

// White space, comments, the formatter, spellings of numbers and units.
[[nodiscard]] std::vector<Edit> spellings();
// The names of lets, curves, schedules, arguments, captures and policies; what they stand for in
// their place, and names for what stands by itself.
[[nodiscard]] std::vector<Edit> namings();
// The order of lines and clauses; lines that say nothing of the values.
[[nodiscard]] std::vector<Edit> orders();
// Defaults written out, and other words for the same phase, rate or convention.
[[nodiscard]] std::vector<Edit> sugar();
// What changes a meaning.
[[nodiscard]] std::vector<Edit> changes();

struct Replacement {
  source::Span span;
  std::string text;
};
// The replacements do not overlap.
[[nodiscard]] std::string replaced(const Good& good, std::vector<Replacement> replacements);
// One of them, if there are any.
[[nodiscard]] std::optional<std::string> one_of(Random& random, const Good& good,
                                                const std::vector<Replacement>& replacements);
[[nodiscard]] source::Span behind(source::Span span);
[[nodiscard]] std::string fresh_name(Random& random, const Good& good);

// A schedule of the text, and where it stands.
struct ChainAt {
  const ast::Schedule* chain;
  std::string output;  // empty: of a definition, or inside another schedule
  bool in_repeat = false;
  bool whole = false;  // of an output, not of an operand or an argument
};
struct PhaseAt {
  const ast::Phase* phase;
  ChainAt at;
  std::size_t index = 0;  // in the chain
};
[[nodiscard]] std::vector<ChainAt> chains_of(const Good& good);
[[nodiscard]] std::vector<PhaseAt> phases_of(const Good& good);
[[nodiscard]] const ast::Clause* clause_of(const ast::Phase& phase, ast::ClauseKind kind);
// The name or call of a shape that a phase says, if it does.
[[nodiscard]] const ast::Value* shape_of(const ast::Phase& phase);
[[nodiscard]] bool is_standard_shape(const std::string& word);
// Whether a place is in none of the parts that are no meaning: version, owner, marks, claims,
// tests.
[[nodiscard]] bool is_meaning(const Good& good, source::Span span);

// The lexemes of the statements in a pair of braces: of the policy, of a group.
struct Item {
  std::size_t first, last;  // lexemes
};
[[nodiscard]] std::vector<Item> items_in(const Good& good, source::Span braces);
[[nodiscard]] source::Span span_of(const Good& good, Item item);

}  // namespace lrc::test
