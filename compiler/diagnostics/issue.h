#pragma once
// What the author of a policy did, as data: many at a time, never thrown. Who renders it is not
// known here.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/source/source.h"

namespace lrc::diagnostics {

enum class Severity : std::uint8_t { error, warning };

enum class Code : std::uint16_t {
#define X(code, severity, exit, title) code,
#include "compiler/diagnostics/codes.def"
#undef X
};

struct CodeFacts {
  std::string_view name;  // E0102
  Severity severity;
  int exit;  // of a command that reports it
  std::string_view title;
};
[[nodiscard]] const CodeFacts& facts(Code code);
[[nodiscard]] std::optional<Code> code_named(std::string_view name);

// A second place that belongs to the mistake.
struct Label {
  source::Span span;
  std::string text;
};

// What to write instead. With a span it can be applied: the bytes of `span` become `replacement`
// (an empty span inserts). Without one it is advice.
struct Fix {
  std::string text;
  std::optional<source::Span> span;
  std::string replacement;
};

struct Issue {
  Code code;
  source::Span span;       // source is null when the mistake is in no text
  std::string message;     // what was seen: lower case, no full stop, the user's words in backticks
  std::string annotation;  // a few words under the underlined place
  std::vector<Label> labels;
  std::string reason;
  std::optional<Fix> fix;
};

using Issues = std::vector<Issue>;

[[nodiscard]] bool has_errors(const Issues& issues);

// The closest of `known` to a misspelt word; nothing when none is close.
[[nodiscard]] std::optional<std::string> closest(std::string_view word,
                                                 const std::vector<std::string>& known);

}  // namespace lrc::diagnostics
