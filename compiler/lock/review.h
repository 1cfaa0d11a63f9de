#pragma once
// Policies against the locks that they belong to: what `lrc compile` and `lrc lock` say and do.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "compiler/compile/compile.h"
#include "compiler/lock/compare.h"
#include "compiler/lock/lock.h"

namespace lrc::lock {

// Shows: a change of meaning without a version is a warning. Insists: the lock must already say all
// that `record` would write. Records: writes it.
enum class Mode : std::uint8_t { show, insist, record };

struct Candidate {
  const compile::CompiledPolicy* policy;
  std::string called;                         // its name, or the beginning of its text
  std::optional<std::filesystem::path> file;  // none: text, or standard input
};

enum class Status : std::uint8_t {
  unnamed,     // a sentence
  no_lock,     // no file
  unreadable,  // a lock, but a damaged one
  missing,     // no entry
  locked,      // version and meaning as the lock has them
  renumbered,  // another version, the same meaning
  raised,      // another meaning under a higher version
  changed      // another meaning without a higher version
};

// What `record` writes.
[[nodiscard]] constexpr bool is_news(Status status) {
  return status == Status::no_lock || status == Status::missing || status == Status::renumbered ||
         status == Status::raised;
}

struct Verdict {
  Candidate candidate;
  Status status;
  std::filesystem::path lock;  // where it is, or would be; empty for a sentence
  std::optional<Comparison> comparison;
};

struct Review {
  std::vector<Verdict> verdicts;
  diagnostics::Issues issues;
  std::vector<source::SourcePtr> sources;                 // of the locks
  std::map<std::filesystem::path, Entries> replacements;  // what `record` is to write
};

// Writes nothing: whoever records, writes the replacements when there are no findings.
[[nodiscard]] Review review(const std::vector<Candidate>& candidates, Mode mode);

// A line for people: name, version, hash, needs and how it stands with the lock.
[[nodiscard]] std::string line(const Verdict& verdict, Mode mode, bool recorded);
// The same for programs.
[[nodiscard]] nlohmann::ordered_json to_json(const Verdict& verdict, bool recorded);

}  // namespace lrc::lock
