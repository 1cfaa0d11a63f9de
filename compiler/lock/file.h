#pragma once
// Locks on disk.

#include <filesystem>
#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "compiler/lock/lock.h"

namespace lrc::lock {

// The lock of a folder: in it or in the nearest folder above it.
[[nodiscard]] std::optional<std::filesystem::path> find(const std::filesystem::path& folder);

[[nodiscard]] tl::expected<Lock, Damage> read(const std::filesystem::path& path);

// Replaces the file at once (source/replace.h). The error says why not.
[[nodiscard]] tl::expected<void, std::string> write(const std::filesystem::path& path,
                                                    const Entries& entries);

// A path as a person would name it: from the current folder.
[[nodiscard]] std::string shown(const std::filesystem::path& path);

}  // namespace lrc::lock
