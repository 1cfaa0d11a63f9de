#include "compiler/syntax/brackets.h"

namespace lrc::syntax {
namespace {

source::Position position_of(const StuckToken& token) {
  return source::position(*token.span.source, token.span.begin);
}

struct Open {
  const StuckToken* opening;
  source::Position line;  // of the first word of its line
};

// Whether what stands at the beginning of a line stands outside of the bracket.
bool is_outside(const Open& open, const StuckToken& first, source::Position at) {
  if (at.line == position_of(*open.opening).line) return false;
  const bool its_own = first.text == closing_of(*open.opening);
  return its_own ? at.column < open.line.column : at.column <= open.line.column;
}

}  // namespace

std::uint32_t line_of(const StuckToken& token) { return position_of(token).line; }

std::optional<LeftOpen> left_open(const std::vector<StuckToken>& tokens) {
  std::vector<Open> open;
  source::Position line{0, 0};
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const StuckToken& token = tokens[i];
    const source::Position at = position_of(token);
    const bool first = at.line != line.line;
    if (first) line = at;
    if (first && i > 0 && !open.empty() && is_outside(open.back(), token, at))
      return LeftOpen{open.back().opening, &tokens[i - 1]};
    const bool closing = closes(token) && !open.empty();
    if (closing && token.text != closing_of(*open.back().opening))
      return LeftOpen{open.back().opening, &tokens[i - 1]};
    if (closing) open.pop_back();
    if (opens(token)) open.push_back({&token, line});
  }
  return std::nullopt;
}

const StuckToken* closed_early(const std::vector<StuckToken>& tokens) {
  std::vector<const StuckToken*> open;
  const StuckToken* last = nullptr;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const StuckToken& token = tokens[i];
    if (opens(token)) open.push_back(&token);
    if (!closes(token) || open.empty()) continue;
    const bool inside = i > 0 && line_of(tokens[i - 1]) == line_of(token);
    if (inside && token.text == "}" && line_of(*open.back()) != line_of(token)) return &token;
    if (token.text == "}") last = &token;
    open.pop_back();
  }
  return last;
}

std::vector<const StuckToken*> open_brackets(const std::vector<StuckToken>& tokens) {
  std::vector<const StuckToken*> open;
  for (const StuckToken& token : tokens) {
    if (opens(token)) open.push_back(&token);
    if (closes(token) && !open.empty()) open.pop_back();
  }
  return open;
}

}  // namespace lrc::syntax
