#include "atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

namespace char_lm {

namespace {

tl::unexpected<std::string> failed(const std::string& what, const std::string& path) {
  return tl::make_unexpected("cannot " + what + " " + path + ": " +
                             std::system_category().message(errno));
}

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// Closes in any case; the first failure decides errno.
bool write_to_disk(int file, std::string_view bytes) {
  const bool written = write_all(file, bytes) && ::fsync(file) == 0;
  const int first_error = errno;
  const bool closed = ::close(file) == 0;
  if (!written) errno = first_error;
  return written && closed;
}

// A rename is on disk only when the folder that holds the name is.
bool sync_folder_of(const std::string& path) {
  auto folder = std::filesystem::path(path).parent_path();
  if (folder.empty()) folder = ".";
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return file >= 0 && write_to_disk(file, {});
}

}  // namespace

tl::expected<void, std::string> write_atomically(const std::string& path, std::string_view bytes) {
  const std::string temporary = path + ".tmp";
  const int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return failed("create", temporary);
  if (!write_to_disk(file, bytes)) {
    const auto error = failed("write", temporary);
    ::unlink(temporary.c_str());
    return error;
  }
  if (std::rename(temporary.c_str(), path.c_str()) != 0) return failed("rename to", path);
  if (!sync_folder_of(path)) return failed("bring to disk the folder of", path);
  return {};
}

}  // namespace char_lm
