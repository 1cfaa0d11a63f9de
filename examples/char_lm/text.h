#pragma once
// The training text: every file of a folder, as numbers of characters.

#include <cstdint>
#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace char_lm {

struct Text {
  std::vector<std::uint8_t> characters;  // each an index into the alphabet
  std::int64_t alphabet_size = 0;        // the bytes that occur, in rising order
  std::string sha256;                    // of the concatenated files, as hex digits
};

// Reads the regular files directly in `folder`, sorted by name and concatenated, without the
// index files (.dat) and links (.u8) that stand beside fortunes. The error names what is missing.
[[nodiscard]] tl::expected<Text, std::string> read_text(const std::string& folder);

}  // namespace char_lm
