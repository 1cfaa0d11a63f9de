#pragma once
// The only code of the compiler that writes files.

#include <filesystem>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace lrc::source {

// Replaces a file at once, or makes it: whoever reads it, or goes on after a crash, sees the old
// text or the new one. A link stays a link, and the permissions stay. What is no file, such as a
// pipe or /dev/stdout, is written to. The error says why not.
[[nodiscard]] tl::expected<void, std::string> replace(const std::filesystem::path& path,
                                                      std::string_view text);

}  // namespace lrc::source
