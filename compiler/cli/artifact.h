#pragma once
// policy.lrpc on the command line: `lrc compile -o` writes it, some verbs read it.

#include <optional>
#include <string>
#include <vector>

#include "compiler/cli/emit.h"
#include "compiler/compile/artifact.h"

namespace lrc::cli {

[[nodiscard]] bool gives_facts(const compile::FactTexts& facts);

// Whether an argument names an artifact: by its ending, or by how the file begins.
[[nodiscard]] bool names_artifact(const std::string& argument);

struct ReadArtifact {
  runtime::Artifact artifact;
  compile::ArtifactFacts facts;
};
// Nothing: a finding says what is wrong.
[[nodiscard]] std::optional<ReadArtifact> read_artifact(const std::string& path, Report& report);

// Writes the artifact of the one policy that `arguments` name to options.path, unless there are
// findings. Returns the exit code.
[[nodiscard]] int write_artifact(const std::vector<std::string>& arguments,
                                 const EmitOptions& options, const ReportOptions& report);

}  // namespace lrc::cli
