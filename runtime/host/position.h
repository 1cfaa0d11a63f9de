#pragma once
// Where a run stands, and where a saved state leads to.

#include <cstdint>
#include <string>

#include <tl/expected.hpp>

#include "runtime/host/rules.h"
#include "runtime/host/state.h"
#include "runtime/host/transition.h"
#include "runtime/host/word.h"

namespace lrc::runtime {

// Plain data, as large as the program makes it.
struct Position {
  std::int64_t step = 0;
  RulesState rules;
  Transition transition = {};
};

// Whether a state is one of this very program: of its policy and of all facts.
[[nodiscard]] bool is_of(const State& state, const Program& program) noexcept;

// Where a state of this very program stands. The error, a sentence, says why it is none.
[[nodiscard]] tl::expected<Position, std::string> position_of(const State& state,
                                                              const Program& program);

struct Continuation {
  Position position;
  std::string notes;  // what the values do not show, one a line
};

// Where `word` (any but keep) leads to from a state of whichever program. The error, a sentence,
// says why it cannot.
[[nodiscard]] tl::expected<Continuation, std::string> continued(const State& state,
                                                                const Program& program,
                                                                const Word& word);

}  // namespace lrc::runtime
