#pragma once
// Which bracket a person most likely forgot, or wrote once too often, told by how the lines of the
// text are indented: the parser notices it lines later.

#include <optional>
#include <vector>

#include "compiler/syntax/stuck.h"

namespace lrc::syntax {

// An opening bracket, and the last word that still belongs into it.
struct LeftOpen {
  const StuckToken* opening;
  const StuckToken* last;
};
// The first bracket that is still open where a line begins which is no deeper than its own. The
// last of `tokens` is the one that the parser is stuck at.
[[nodiscard]] std::optional<LeftOpen> left_open(const std::vector<StuckToken>& tokens);

// The first `}` inside a line that closes what an earlier line opened; else the last `}`.
[[nodiscard]] const StuckToken* closed_early(const std::vector<StuckToken>& tokens);

// All brackets that are open behind `tokens`, the innermost last.
[[nodiscard]] std::vector<const StuckToken*> open_brackets(const std::vector<StuckToken>& tokens);

[[nodiscard]] inline bool opens(const StuckToken& token) {
  return token.text == "(" || token.text == "{";
}
[[nodiscard]] inline bool closes(const StuckToken& token) {
  return token.text == ")" || token.text == "}";
}
[[nodiscard]] inline const char* closing_of(const StuckToken& opening) {
  return opening.text == "(" ? ")" : "}";
}

[[nodiscard]] std::uint32_t line_of(const StuckToken& token);

}  // namespace lrc::syntax
