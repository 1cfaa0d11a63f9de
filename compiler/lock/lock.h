#pragma once
// `lrc.lock`: what every policy of a repository meant when its version was last agreed on. The file
// is TOML, sorted by policy name, with the canonical text line by line, so that a review of the
// lock shows which phase changed. Where a policy's file lies is not in it: moving a file changes no
// meaning.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "compiler/source/source.h"

namespace lrc::lock {

inline constexpr std::string_view file_name = "lrc.lock";

struct Entry {
  std::uint64_t version = 0;
  std::string hash;  // lrc1:…
  std::string canonical;
  source::Span span;  // where it stands in the lock; no part of what it says

  [[nodiscard]] bool says(std::uint64_t other_version, std::string_view other_hash) const {
    return version == other_version && hash == other_hash;
  }
};

// By policy name.
using Entries = std::map<std::string, Entry, std::less<>>;

struct Lock {
  source::SourcePtr source;  // the places of the entries refer to it; null for a new lock
  Entries entries;
};

// A lock that says nothing that can be relied on.
struct Damage {
  source::SourcePtr source;
  source::Span span;
  std::string reason;
};

// Reads what to_text writes, and what a person or a merge may have made of it that means the same.
// Every hash is checked against its canonical text.
[[nodiscard]] tl::expected<Lock, Damage> parse(source::SourcePtr source);

// Equal entries give equal bytes.
[[nodiscard]] std::string to_text(const Entries& entries);

}  // namespace lrc::lock
