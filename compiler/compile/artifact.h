#pragma once
// policy.lrpc: what `lrc compile -o` writes, from the canonical text up to code, and what its
// manifest says. runtime/artifact/artifact.h has the layout of the file.

#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "compiler/compile/compile.h"
#include "runtime/artifact/artifact.h"

namespace lrc::compile {

// The targets that an artifact can hold code for; none where the library that emits is missing.
[[nodiscard]] std::vector<std::string> artifact_targets();

struct ArtifactRequest {
  std::vector<std::string> targets = {};  // of artifact_targets(), in any order
};

// `bound` to all facts and `emitted_sets`, or null: then the artifact names the facts that a run
// must still bring, and holds neither a program nor code. The same bytes wherever and whenever the
// same policy is compiled. The error says what this machine lacks or what is beyond the limits.
[[nodiscard]] tl::expected<std::string, std::string> artifact(const CompiledPolicy& policy,
                                                              const bind::Bound* bound,
                                                              const ArtifactRequest& request);

// What the manifest says that the rest of an artifact does not.
struct ArtifactFacts {
  std::string policy;  // empty for a sentence
  std::uint64_t version = 0;
  std::vector<std::string> needs;       // as of `needs`
  std::vector<std::string> outputs;     // in the author's order
  std::optional<std::int64_t> updates;  // of the run, if it has an end
};
// The error says what is wrong with the manifest or with the canonical text.
[[nodiscard]] tl::expected<ArtifactFacts, std::string> facts_of(const runtime::Artifact& artifact);

}  // namespace lrc::compile
