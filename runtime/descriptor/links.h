#pragma once
// Where a link leads to: whoever replaces a file by renaming replaces that one, so that the link
// stays.

#include <filesystem>
#include <system_error>

namespace lrc::descriptor {

// The file that is meant by `path`, which may not be there yet.
[[nodiscard]] inline std::filesystem::path behind_links(std::filesystem::path path) {
  namespace fs = std::filesystem;
  constexpr int most_links = 40;  // as many as Linux follows
  std::error_code error;
  if (fs::exists(path, error)) {
    const fs::path whole = fs::canonical(path, error);
    return error ? path : whole;  // a pipe has a name under /dev, and none behind it
  }
  for (int k = 0; k < most_links && fs::is_symlink(path, error); ++k) {
    const fs::path next = fs::read_symlink(path, error);
    if (error) break;
    path = path.parent_path() / next;
  }
  return path;
}

}  // namespace lrc::descriptor
