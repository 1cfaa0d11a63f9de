#pragma once
// The record of a run in a file, so that a crash or a full disk at any moment leaves the record of
// before or the new one. Two generations are kept:
//
//     PATH               the record
//     PATH.previous      the one before
//     PATH.new           being written; may be left by a crash, and is used again
//     PATH.previous.new  the same of PATH.previous
//
// For file systems of POSIX. Where links are not supported, the generation before is a copy.

#include <filesystem>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "runtime/host/state.h"

namespace lrc::runtime {

// A larger file is not read: it is no record.
inline constexpr std::size_t maximum_state_file_bytes = std::size_t{1} << 28;  // 256 MiB

// Replaces the record at `path`, or makes it; it is on the disk when this returns without error. A
// link stays a link, the permissions stay. What stands at `path` becomes the generation before if
// it is whole. One process at a time: another one that writes the same record is refused, where
// the file system has locks. The error names the file and says what the system had against it; a
// whole record is then still there if there was one.
[[nodiscard]] tl::expected<void, std::string> write_state_file(const std::filesystem::path& path,
                                                               std::string_view record);

struct StateFile {
  State state;
  std::string damage;  // empty, or why this is the generation before, for a person
};
// The newest generation that is whole. The error says of both why they are not.
[[nodiscard]] tl::expected<StateFile, std::string> read_state_file(
    const std::filesystem::path& path);

}  // namespace lrc::runtime
