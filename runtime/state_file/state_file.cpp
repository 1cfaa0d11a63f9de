#include "runtime/state_file/state_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <optional>
#include <system_error>
#include <utility>

#include "runtime/descriptor/descriptor.h"
#include "runtime/descriptor/links.h"

namespace lrc::runtime {
namespace {

namespace fs = std::filesystem;
using descriptor::again;
using descriptor::behind_links;
using descriptor::Descriptor;
using descriptor::write_all;

using Done = tl::expected<void, std::string>;

tl::unexpected<std::string> failed(const fs::path& path, const std::string& doing) {
  return tl::unexpected("cannot " + doing + " `" + path.string() +
                        "`: " + std::generic_category().message(errno));
}

fs::path with_suffix(fs::path path, const char* suffix) { return path += suffix; }

constexpr mode_t permissions_of_a_new_file = 0666;

Descriptor open_to_write(const fs::path& path) {
  return Descriptor(again([&] {
    return ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                  permissions_of_a_new_file);
  }));
}

// The text alone, on the disk.
Done fill(const Descriptor& file, const fs::path& path, std::string_view text) {
  if (again([&] { return ::ftruncate(file.number(), 0); }) != 0) return failed(path, "empty");
  if (!write_all(file, text)) return failed(path, "write");
  if (again([&] { return ::fsync(file.number()); }) != 0) return failed(path, "write to disk");
  return {};
}

// Whether a name still is this file, which another process may have renamed before it was locked.
bool is_named(const Descriptor& file, const fs::path& path) {
  struct stat opened{}, named{};
  return ::fstat(file.number(), &opened) == 0 && ::stat(path.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

bool has_no_locks(int error) {
  return error == ENOSYS || error == EOPNOTSUPP || error == ENOLCK || error == EINVAL;
}

tl::unexpected<std::string> taken(const fs::path& path) {
  return tl::unexpected("cannot write `" + path.string() +
                        "`: another process is writing it now. Give every run a record of its own");
}

// A file that is ours alone as long as this lives. It is unlocked even where a child, forked in the
// meantime, has it open, too.
class LockedFile {
 public:
  explicit LockedFile(Descriptor file) : file_(std::move(file)) {}
  LockedFile(LockedFile&&) noexcept = default;
  LockedFile& operator=(LockedFile&&) = delete;
  ~LockedFile() {
    if (file_.open()) (void)::flock(file_.number(), LOCK_UN);
  }
  [[nodiscard]] const Descriptor& file() const { return file_; }

 private:
  Descriptor file_;
};

tl::expected<LockedFile, std::string> open_locked(const fs::path& path) {
  constexpr int attempts = 16;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    Descriptor file = open_to_write(path);
    if (!file.open()) return failed(path, "open");
    if (again([&] { return ::flock(file.number(), LOCK_EX | LOCK_NB); }) != 0) {
      if (errno == EWOULDBLOCK) return taken(path);
      if (!has_no_locks(errno)) return failed(path, "lock");
    }
    if (is_named(file, path)) return LockedFile(std::move(file));
  }
  return taken(path);
}

// Nothing where there is no file.
tl::expected<std::optional<std::string>, std::string> contents(const fs::path& path) {
  const Descriptor file(again([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC); }));
  if (!file.open() && errno == ENOENT) return std::nullopt;
  if (!file.open()) return failed(path, "open");
  std::string text;
  char piece[1 << 16];
  for (;;) {
    const ssize_t got = again([&] { return ::read(file.number(), piece, sizeof piece); });
    if (got < 0) return failed(path, "read");
    if (got == 0) return text;
    text.append(piece, static_cast<std::size_t>(got));
    if (text.size() > maximum_state_file_bytes)
      return tl::unexpected("`" + path.string() + "` is no saved state: it is larger than 256 MiB");
  }
}

Done copy(const fs::path& to, std::string_view text) {
  Descriptor file = open_to_write(to);
  if (!file.open()) return failed(to, "open");
  if (auto filled = fill(file, to, text); !filled) return filled;
  if (!file.close()) return failed(to, "close");
  return {};
}

Done remove_if_there(const fs::path& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return failed(path, "remove");
}

// A second name of the file, or a copy where it can have none. What a crash left at `to` may be
// another name of the record itself, so it is removed and not written into.
Done link_or_copy(const fs::path& from, const fs::path& to, std::string_view text) {
  if (auto removed = remove_if_there(to); !removed) return removed;
  if (::link(from.c_str(), to.c_str()) == 0) return {};
  return copy(to, text);
}

// What stands at `path` becomes the generation before. One that is damaged never does: the
// generation before may be all that there is.
Done keep_generation(const fs::path& path) {
  const auto present = contents(path);
  if (!present || !*present || !load_state(**present)) return {};
  const fs::path previous = with_suffix(path, ".previous");
  const fs::path next = with_suffix(path, ".previous.new");
  if (auto linked = link_or_copy(path, next, **present); !linked) return linked;
  if (std::rename(next.c_str(), previous.c_str()) != 0) return failed(previous, "replace");
  // Renaming does nothing where both are names of one file, as after a crash behind this line.
  return remove_if_there(next);
}

Done sync_folder(const fs::path& folder) {
  const Descriptor file(
      again([&] { return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (!file.open()) return failed(folder, "open");
  if (again([&] { return ::fsync(file.number()); }) == 0 || errno == EINVAL) return {};
  return failed(folder, "write to disk");
}

bool keep_permissions(const Descriptor& file, const fs::path& path) {
  struct stat present{};
  constexpr mode_t permissions = 07777;
  return ::stat(path.c_str(), &present) != 0 ||
         ::fchmod(file.number(), present.st_mode & permissions) == 0;
}

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

}  // namespace

Done write_state_file(const fs::path& path, std::string_view record) {
  const fs::path target = behind_links(path);
  const fs::path next = with_suffix(target, ".new");
  const auto locked = open_locked(next);
  if (!locked) return tl::unexpected(locked.error());
  const Descriptor& file = locked->file();
  if (!keep_permissions(file, target)) return failed(next, "set the permissions of");
  if (auto filled = fill(file, next, record); !filled) return filled;
  if (auto kept = keep_generation(target); !kept) return kept;
  if (std::rename(next.c_str(), target.c_str()) != 0) return failed(target, "replace");
  return sync_folder(folder_of(target));
}

namespace {

tl::expected<State, std::string> read_generation(const fs::path& path) {
  auto text = contents(path);
  if (!text) return tl::unexpected(std::move(text.error()));
  if (!*text) return tl::unexpected("there is no file `" + path.string() + "`");
  auto state = load_state(**text);
  if (!state) return tl::unexpected("`" + path.string() + "`: " + state.error());
  return state;
}

}  // namespace

tl::expected<StateFile, std::string> read_state_file(const fs::path& path) {
  auto newest = read_generation(path);
  if (newest) return StateFile{std::move(*newest), ""};
  const fs::path previous = with_suffix(behind_links(path), ".previous");
  auto before = read_generation(previous);
  if (!before) return tl::unexpected(newest.error() + "; nor the one before: " + before.error());
  return StateFile{std::move(*before),
                   newest.error() + "; going on from the one before, `" + previous.string() + "`"};
}

}  // namespace lrc::runtime
