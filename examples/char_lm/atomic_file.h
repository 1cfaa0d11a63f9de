#pragma once
// Files that are there whole or not at all, whatever happens while they are written.

#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace char_lm {

// Writes `bytes` beside `path` and then gives the file its name in one step. After success the
// file survives a power cut; after an error the old file, if there was one, is untouched.
[[nodiscard]] tl::expected<void, std::string> write_atomically(const std::string& path,
                                                               std::string_view bytes);

}  // namespace char_lm
