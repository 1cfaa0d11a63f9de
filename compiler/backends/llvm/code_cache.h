#pragma once
// Machine code that was compiled before, in files: one a program, found by what it was made from.
// Whatever is wrong with the cache or its disk, it holds nothing then; it never fails.

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/host/sha256.h"

namespace lrc::backends::llvm {

// Beyond this, the oldest entries go.
inline constexpr std::size_t maximum_cache_bytes = std::size_t{256} << 20;
// Larger images are not kept.
inline constexpr std::size_t maximum_entry_bytes = std::size_t{16} << 20;

// Safe for any number of threads and processes: an entry appears at once and never changes.
class CodeCache {
 public:
  explicit CodeCache(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // $LRC_CACHE_DIR, else $XDG_CACHE_HOME/lrc, else ~/.cache/lrc. Nothing where LRC_CACHE is `off`,
  // or none of these is set.
  [[nodiscard]] static std::optional<CodeCache> from_environment();

  // Taken from files of this user that nobody else may write, and only whole.
  [[nodiscard]] std::optional<std::string> find(const runtime::Digest& key) const;

  // Makes the folder if need be.
  void store(const runtime::Digest& key, std::string_view image) const;

  // Removes the oldest entries until the rest takes at most so many bytes.
  void shrink_to(std::size_t bytes) const;

 private:
  [[nodiscard]] std::filesystem::path path_of(const runtime::Digest& key) const;
  std::filesystem::path folder_;
};

}  // namespace lrc::backends::llvm
