#include "compiler/backends/llvm/code_cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <vector>

#include "runtime/descriptor/descriptor.h"

namespace lrc::backends::llvm {
namespace {

namespace fs = std::filesystem;
using descriptor::again;
using descriptor::Descriptor;
using runtime::Digest;

// An entry: these 16 bytes, the key, the SHA-256 of the image, the image.
constexpr std::string_view magic("lrc code 1\n\0\0\0\0\0", 16);
constexpr std::size_t digest_size = std::tuple_size_v<Digest>;
constexpr std::size_t head_size = magic.size() + 2 * digest_size;
constexpr std::string_view ending = ".code";

std::string_view view(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// Code that somebody else could have written is not run.
bool is_ours(const struct stat& file) {
  constexpr mode_t others_may_write = S_IWGRP | S_IWOTH;
  return S_ISREG(file.st_mode) && file.st_uid == ::geteuid() &&
         (file.st_mode & others_may_write) == 0;
}

std::optional<std::string> content_of(const fs::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat status{};
  if (!file.open() || ::fstat(file.number(), &status) != 0) return std::nullopt;
  const auto size = static_cast<std::size_t>(status.st_size);
  if (!is_ours(status) || size < head_size || size > head_size + maximum_entry_bytes)
    return std::nullopt;
  std::string bytes(size, '\0');
  for (std::size_t done = 0; done < size;) {
    const ssize_t read =
        again([&] { return ::read(file.number(), bytes.data() + done, size - done); });
    if (read <= 0) return std::nullopt;
    done += static_cast<std::size_t>(read);
  }
  return bytes;
}

std::string entry_of(const Digest& key, std::string_view image) {
  std::string bytes(magic);
  bytes += view(key);
  bytes += view(runtime::sha256(image));
  return bytes.append(image);
}

// Not flushed to the disk: an entry that a crash cut is found to be cut.
void write_entry(const fs::path& path, std::string_view bytes) {
  std::string temporary = (path.parent_path() / ".code.XXXXXX").string();
  const Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));  // nobody else may read or write
  if (!file.open()) return;
  if (!descriptor::write_all(file, bytes) || std::rename(temporary.c_str(), path.c_str()) != 0)
    ::unlink(temporary.c_str());
}

struct Kept {
  fs::path path;
  std::size_t bytes;
  fs::file_time_type written;
};

// Temporary files, too: those of processes that ended too early.
std::vector<Kept> files_in(const fs::path& folder) {
  std::vector<Kept> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!name.ends_with(ending) && !name.starts_with(".code.")) continue;
    std::error_code gone;
    const auto bytes = entry->file_size(gone);
    const auto written = gone ? fs::file_time_type() : entry->last_write_time(gone);
    if (!gone) files.push_back({entry->path(), bytes, written});
  }
  return files;
}

// Looking at all entries takes longer than writing one: every so many.
bool is_turn(const Digest& key) {
  constexpr unsigned turns = 16;
  return key[0] % turns == 0;
}

}  // namespace

std::optional<CodeCache> CodeCache::from_environment() {
  const auto variable = [](const char* name) -> std::string_view {
    const char* value = ::secure_getenv(name);
    return value == nullptr ? "" : value;
  };
  if (variable("LRC_CACHE") == "off") return std::nullopt;
  if (const auto chosen = variable("LRC_CACHE_DIR"); !chosen.empty()) return CodeCache(chosen);
  // Only from the root on, says the XDG base directory specification.
  if (const auto caches = variable("XDG_CACHE_HOME"); caches.starts_with('/'))
    return CodeCache(fs::path(caches) / "lrc");
  if (const auto home = variable("HOME"); home.starts_with('/'))
    return CodeCache(fs::path(home) / ".cache" / "lrc");
  return std::nullopt;
}

fs::path CodeCache::path_of(const Digest& key) const {
  return folder_ / runtime::hex(key).append(ending);
}

std::optional<std::string> CodeCache::find(const Digest& key) const {
  auto bytes = content_of(path_of(key));
  if (!bytes) return std::nullopt;
  const std::string_view all(*bytes);
  const std::string_view image = all.substr(head_size);
  const bool whole =
      all.starts_with(magic) && all.substr(magic.size(), digest_size) == view(key) &&
      all.substr(magic.size() + digest_size, digest_size) == view(runtime::sha256(image));
  if (!whole) return std::nullopt;
  bytes->erase(0, head_size);
  return bytes;
}

void CodeCache::store(const Digest& key, std::string_view image) const {
  if (image.size() > maximum_entry_bytes) return;
  std::error_code ignored;
  if (!fs::is_directory(folder_, ignored)) {
    fs::create_directories(folder_, ignored);
    fs::permissions(folder_, fs::perms::owner_all, ignored);
  }
  write_entry(path_of(key), entry_of(key, image));
  if (is_turn(key)) shrink_to(maximum_cache_bytes);
}

void CodeCache::shrink_to(std::size_t bytes) const {
  std::vector<Kept> files = files_in(folder_);
  std::sort(files.begin(), files.end(),
            [](const Kept& a, const Kept& b) { return a.written > b.written; });
  std::size_t sum = 0;
  for (const Kept& file : files) {
    sum += file.bytes;
    std::error_code ignored;
    if (sum > bytes) fs::remove(file.path, ignored);
  }
}

}  // namespace lrc::backends::llvm
