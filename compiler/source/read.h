#pragma once
// The only code of the compiler, beside the command line, that reads files.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "compiler/source/source.h"

namespace lrc::source {

// A policy argument is a path when it is `-`, names an existing file or folder, ends in `.lrp`
// or `.lrpc`, or has a `/` and no white space; anything else is policy text.
[[nodiscard]] bool is_path(std::string_view argument);

// What could not be read, and why: for the person who named it.
struct ReadFailure {
  std::string path;
  std::string reason;
};

// Reads a file (`-`: standard input), at most a little more than `maximum_source_bytes`, so that a
// file over the limit is still seen to be over it.
[[nodiscard]] tl::expected<SourcePtr, ReadFailure> read(const std::string& path);

// The module NAME.lrp in the folder of a policy's file or below it, and nowhere else. A text has no
// folder; two files of one name are refused.
[[nodiscard]] tl::expected<SourcePtr, ReadFailure> read_module(const Source& policy,
                                                               const std::string& name);

// `*.lrp` below a folder, sorted, so that two machines report in the same order.
[[nodiscard]] tl::expected<std::vector<std::string>, ReadFailure> policies_below(
    const std::string& folder);

}  // namespace lrc::source
