#pragma once
// Why the text cannot go on as it does, in our words: the parser's own never reach a user.

#include <string>
#include <vector>

#include "compiler/diagnostics/issue.h"

namespace lrc::syntax {

struct StuckToken {
  enum class Kind : std::uint8_t { word, bad_number, unknown, end };
  Kind kind;
  std::string text;
  source::Span span;
};

// `stuck` is the first token that fits nowhere, `before` all that stand before it.
[[nodiscard]] diagnostics::Issue explain_stuck(const std::vector<StuckToken>& before,
                                               const StuckToken& stuck);

}  // namespace lrc::syntax
