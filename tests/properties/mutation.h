#pragma once
// One token of a text changed, as a slip of the hand would.

#include <random>
#include <string>

#include "tests/properties/corpus.h"

namespace lrc::test {

struct Mutant {
  std::string text;
  std::string_view kind;   // `deleted`, `misspelt`, …
  std::uint32_t line = 0;  // of the token
  std::string was, is;
};

class Mutations {
 public:
  explicit Mutations(std::uint64_t seed) : random_(seed) {}

  [[nodiscard]] const Good& pick(const std::vector<Good>& policies) {
    return policies[below(policies.size())];
  }
  // May be the text itself, where the token that is put in is the one that was there.
  [[nodiscard]] Mutant mutate(const Good& good);

 private:
  std::size_t below(std::size_t count) { return random_() % count; }
  std::string misspelt(std::string word);
  std::string other_number(const std::string& number);
  std::string other_unit(const std::string& unit);

  std::mt19937_64 random_;
};

}  // namespace lrc::test
