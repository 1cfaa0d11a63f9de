#pragma once
// Words of the language that this version does not have yet, so that whoever writes them is told
// so.

#include <algorithm>
#include <array>
#include <string_view>

namespace lrc::syntax {

[[nodiscard]] inline bool comes_later(std::string_view word) {
  constexpr std::array<std::string_view, 20> words = {
      "require", "mark",   "on",     "test",   "let",     "use",  "schedule",
      "scale",   "sample", "past",   "mirror", "table",   "stop", "blend",
      "rewarm",  "extend", "anneal", "frozen", "rounded", "like"};
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace lrc::syntax
