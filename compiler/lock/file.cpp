#include "compiler/lock/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>

#include <fmt/format.h>

namespace lrc::lock {
namespace {

namespace fs = std::filesystem;

std::string last_error() { return std::generic_category().message(errno); }

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool open() const { return number_ >= 0; }
  // Some file systems report a full disk only here.
  [[nodiscard]] bool close() {
    const int number = number_;
    number_ = -1;
    return ::close(number) == 0;
  }

 private:
  int number_;
};

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// The permissions of the lock that is replaced; those of any new file if there is none.
mode_t permissions_of(const fs::path& replaced) {
  struct stat before{};
  constexpr mode_t permissions = 07777;
  if (::stat(replaced.c_str(), &before) == 0) return before.st_mode & permissions;
  constexpr mode_t new_file = 0666;
  const mode_t masked = ::umask(0);
  ::umask(masked);
  return new_file & ~masked;
}

bool fill(int descriptor, const fs::path& replaced, std::string_view text) {
  Descriptor file(descriptor);
  if (::fchmod(file.number(), permissions_of(replaced)) != 0) return false;
  return write_all(file.number(), text) && ::fsync(file.number()) == 0 && file.close();
}

}  // namespace

std::optional<fs::path> find(const fs::path& folder) {
  std::error_code error;
  fs::path at = fs::weakly_canonical(fs::absolute(folder, error), error);
  for (;; at = at.parent_path()) {
    if (fs::exists(at / file_name, error)) return at / file_name;
    if (at == at.parent_path()) return std::nullopt;
  }
}

tl::expected<Lock, Damage> read(const fs::path& path) {
  const auto failed = [](std::string reason) {
    return tl::unexpected(Damage{nullptr, {}, std::move(reason)});
  };
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return failed("it is no file");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file) return failed(last_error());
  if (file.peek() != std::ifstream::traits_type::eof()) text << file.rdbuf();
  if (file.bad() || text.fail()) return failed(last_error());
  return parse(source::make_source(shown(path), text.str()));
}

tl::expected<void, std::string> write(const fs::path& path, const Entries& entries) {
  std::error_code error;
  // A link to a lock stays a link.
  const fs::path target = fs::exists(path, error) ? fs::canonical(path, error) : path;
  const fs::path folder = target.parent_path();
  // A name that nobody else uses, on a file system that several machines may share.
  std::string temporary = (folder / fmt::format(".{}.XXXXXX", std::string(file_name))).string();
  const int file = ::mkostemp(temporary.data(), O_CLOEXEC);
  if (file < 0) return tl::unexpected(last_error());
  if (!fill(file, target, to_text(entries)) ||
      std::rename(temporary.c_str(), target.c_str()) != 0) {
    std::string reason = last_error();
    ::unlink(temporary.c_str());
    return tl::unexpected(std::move(reason));
  }
  const Descriptor parent(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent.open()) static_cast<void>(::fsync(parent.number()));  // the new name, too
  return {};
}

std::string shown(const fs::path& path) {
  std::error_code error;
  const fs::path here = fs::current_path(error);
  return error ? path.string() : path.lexically_proximate(here).string();
}

}  // namespace lrc::lock
