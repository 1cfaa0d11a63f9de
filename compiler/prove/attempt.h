#pragma once
// What the ways to prove a claim share.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "compiler/policy/policy.h"
#include "compiler/prove/bound_values.h"
#include "compiler/prove/freedom.h"
#include "compiler/prove/search.h"

namespace lrc::prove {

// A place where a claim does not hold, and what the values are there.
struct Counterexample {
  std::int64_t update = 0;
  std::string words;                // `update 6 uses 0.002, which is above 0.001`
  std::vector<std::string> groups;  // in which a parameter is
  std::vector<std::string> fired;   // by what rules multiply
};

struct Proved {};
struct NotDecided {
  std::string why;
};
using Attempt = std::variant<Proved, Counterexample, NotDecided>;

// One claim about one program, and what is known.
struct Question {
  const ir::Program& program;  // with the claim's output and what it uses
  const policy::Claim& claim;
  const bind::Facts& facts;

  [[nodiscard]] const ir::Output& output() const { return output_of(program, claim.output); }
};

// By the canonical form alone: whether it proves the claim for all facts that are open.
[[nodiscard]] bool proved_by_levels(const Question& question);
[[nodiscard]] bool proved_by_form(const Question& question);

// For facts that leave nothing open.
[[nodiscard]] Attempt try_bounds(const Question& question);
[[nodiscard]] Attempt try_form(const Question& question);

}  // namespace lrc::prove
