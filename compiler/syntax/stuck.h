#pragma once
// Why the text cannot go on as it does, in our words: the parser's own never reach a user.

#include <functional>
#include <optional>
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

// Where the parser gets stuck in another text; nothing where that parses.
using Probe = std::function<std::optional<std::uint32_t>(const std::string& text)>;

// `stuck` is the first token that fits nowhere, `before` all that stand before it.
[[nodiscard]] diagnostics::Issue explain_stuck(const std::vector<StuckToken>& before,
                                               const StuckToken& stuck, const Probe& probe);

}  // namespace lrc::syntax
