#pragma once
// Words of the language that this version does not have yet, so that whoever writes them is told
// so.

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "compiler/diagnostics/issue.h"

namespace lrc::syntax {

[[nodiscard]] inline bool comes_later(std::string_view word) {
  constexpr std::array<std::string_view, 1> words = {"anneal"};
  return std::find(words.begin(), words.end(), word) != words.end();
}

// What is said of such a word, or of what it begins.
[[nodiscard]] inline diagnostics::Issue not_available_yet(source::Span span,
                                                          const std::string& what) {
  return {diagnostics::Code::E0309,
          span,
          what + " is not available yet",
          "",
          {},
          "the language has it, this version does not",
          std::nullopt};
}

}  // namespace lrc::syntax
