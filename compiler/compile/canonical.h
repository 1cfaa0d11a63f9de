#pragma once
// A policy from its canonical text, to be bound: what an artifact or a saved state carries. Places
// in diagnostics are in that text.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "compiler/compile/compile.h"

namespace lrc::compile {

// Name and version are not in the text (none for a sentence), nor is the author's order of
// `outputs`; where that is not known they come by name. No issues, and a policy. The error says
// where the text stops being canonical.
[[nodiscard]] tl::expected<Compilation, std::string> from_canonical(
    std::string_view text, std::string name, std::uint64_t version,
    const std::vector<std::string>& outputs);

// Binds to facts as Program::identity carries them. The error says why they are none of this
// policy's.
[[nodiscard]] tl::expected<Binding, std::string> bind_to_facts_text(
    const CompiledPolicy& policy, std::string_view facts, std::vector<std::string> outputs,
    std::vector<runtime::GroupSet> group_sets);

}  // namespace lrc::compile
