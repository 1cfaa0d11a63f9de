#pragma once
// The clauses of one phase, sorted by kind: each at most once, and only kinds that its word takes.

#include <array>
#include <optional>
#include <string>

#include "compiler/check/context.h"

namespace lrc::check {

struct Clauses {
  const ast::Phase& phase;
  std::array<const ast::Clause*, ast::clause_kinds> by_kind{};
  const ast::Value* quantity = nullptr;  // a number that stands by itself
  const ast::Value* shape = nullptr;     // a name that stands by itself, or behind `reversed`
  bool reversed = false;

  [[nodiscard]] const ast::Clause* operator[](ast::ClauseKind kind) const {
    return by_kind[static_cast<std::size_t>(kind)];
  }
  [[nodiscard]] const ast::Value* first(ast::ClauseKind kind) const {
    const ast::Clause* clause = (*this)[kind];
    return clause == nullptr ? nullptr : &clause->values.front();
  }
};

// Nothing: an issue was reported. `phase` must outlive the result.
std::optional<Clauses> sort_clauses(Context& context, const ast::Phase& phase);

// Issues that the meaning of a phase needs, too.
Issue& unknown_shape(Context& context, Span span, const std::string& word);
void does_not_take(Context& context, const ast::Phase& phase, const ast::Clause& clause);
void said_twice(Context& context, const ast::Phase& phase, const ast::Clause& first,
                const ast::Clause& second);

}  // namespace lrc::check
