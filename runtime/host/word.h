#pragma once
// How a person says to go on from a saved state that belongs to another policy or to other facts.

#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace lrc::runtime {

struct Word {
  enum class Kind : std::uint8_t {
    keep,    // the saved policy and facts stay in force
    rebind,  // the new ones at once, whatever jump that is
    rewarm,  // the new ones, lr multiplied by a line from 0 to 1 over `count` updates
    blend,   // the new ones, from the values of before on the same line
    rewind   // the new ones, from update `count` on, which lies behind
  };
  Kind kind = Kind::keep;
  std::int64_t count = 0;  // rewarm, blend: at least 1; rewind: at least 0
  bool operator==(const Word&) const = default;
};

// `keep`, `rebind`, `rewarm over 500 steps`, `blend over 10K steps`, `rewind to 40_000`. Numbers
// are whole, may have `_` between digits and a suffix K, M, B or T, powers of a thousand. The error
// lists the five.
[[nodiscard]] tl::expected<Word, std::string> parse_word(std::string_view text);

// In digits, so that parsing it gives the same word again.
[[nodiscard]] std::string text_of(const Word& word);

// The five with what they do, one a line, for a person who has to choose.
[[nodiscard]] std::string_view words_to_choose_from() noexcept;

}  // namespace lrc::runtime
