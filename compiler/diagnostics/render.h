#pragma once
// Issues as text for people and as JSON for programs. Whatever bytes a policy has, what comes out
// is valid UTF-8: foreign bytes and control characters are shown as \xNN.

#include <string>

#include "compiler/diagnostics/issue.h"

namespace lrc::diagnostics {

enum class Color : std::uint8_t { never, always };

[[nodiscard]] std::string render_human(const Issues& issues, Color color);

// {"diagnostics":[{"code","severity","message","file","line","column","end_line","end_column",
// "labels","reason","fix"}]}; columns from 1 in code points, the end one behind the last.
[[nodiscard]] std::string render_json(const Issues& issues);

// `text` with everything that is no printable UTF-8 as \xNN.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace lrc::diagnostics
