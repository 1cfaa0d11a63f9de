#pragma once
// Text → the same text in the one layout that lrc writes. It has no options, keeps every comment
// and every word, and formatting twice is formatting once. What it asks of the language is in
// `syntax/lexemes.h`: tokens, and where statements and arguments begin.

#include <optional>
#include <string>

#include "compiler/diagnostics/issue.h"

namespace lrc::format {

// The widest line that is written where something can be broken.
inline constexpr std::size_t maximum_columns = 100;

struct Formatted {
  std::optional<std::string> text;  // none: the source does not parse, or would become too large
  diagnostics::Issues issues;
};
[[nodiscard]] Formatted format(const source::Source& source);

}  // namespace lrc::format
