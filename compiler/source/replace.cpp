#include "compiler/source/replace.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "runtime/descriptor/descriptor.h"
#include "runtime/descriptor/links.h"

namespace lrc::source {
namespace {

namespace fs = std::filesystem;
using descriptor::Descriptor;
using descriptor::write_all;

std::string last_error() { return std::generic_category().message(errno); }

// The permissions of the file that is replaced; those of any new file if there is none.
mode_t permissions_of(const fs::path& replaced) {
  struct stat before{};
  constexpr mode_t permissions = 07777;
  if (::stat(replaced.c_str(), &before) == 0) return before.st_mode & permissions;
  constexpr mode_t new_file = 0666;
  const mode_t masked = ::umask(0);
  ::umask(masked);
  return new_file & ~masked;
}

bool fill(int number, const fs::path& replaced, std::string_view text) {
  Descriptor file(number);
  if (::fchmod(file.number(), permissions_of(replaced)) != 0) return false;
  return write_all(file, text) && ::fsync(file.number()) == 0 && file.close();
}

// A device or a pipe is written to: what stands behind its name must not become a file.
bool write_into(const fs::path& target, std::string_view text) {
  Descriptor file(::open(target.c_str(), O_WRONLY | O_CLOEXEC));
  return file.open() && write_all(file, text) && file.close();
}

bool is_special(const fs::path& target) {
  std::error_code error;
  return fs::exists(target, error) && !fs::is_regular_file(target, error);
}

}  // namespace

tl::expected<void, std::string> replace(const fs::path& path, std::string_view text) {
  std::error_code error;
  const fs::path target = fs::absolute(descriptor::behind_links(path), error);
  if (is_special(target)) {
    if (write_into(target, text)) return {};
    return tl::unexpected(last_error());
  }
  const fs::path folder = target.parent_path();
  // A name that nobody else uses, on a file system that several machines may share; and a short
  // one, since that of the target may be as long as a name can be.
  std::string temporary = (folder / ".lrc.XXXXXX").string();
  const int file = ::mkostemp(temporary.data(), O_CLOEXEC);
  if (file < 0) return tl::unexpected(last_error());
  if (!fill(file, target, text) || std::rename(temporary.c_str(), target.c_str()) != 0) {
    std::string reason = last_error();
    ::unlink(temporary.c_str());
    return tl::unexpected(std::move(reason));
  }
  const Descriptor parent(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent.open()) static_cast<void>(::fsync(parent.number()));  // the new name, too
  return {};
}

}  // namespace lrc::source
