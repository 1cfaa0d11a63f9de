#pragma once
// Another library's schedule, as JSON → a policy that gives the same numbers. One file a family of
// peers; what they share is the case that is read (case.h) and the policy that is written
// (schedule.h, draft.h).

#include <optional>
#include <string>
#include <vector>

#include "compiler/diagnostics/issue.h"

namespace lrc::import {

// The peers there are, in the order of the alphabet.
[[nodiscard]] std::vector<std::string> peers();

struct Imported {
  std::optional<std::string> text;  // none: the issues say why
  diagnostics::Issues issues;
};
// `source` is one JSON object: the peer's own arguments in `args`, the facts of the run beside
// them.
[[nodiscard]] Imported import_case(const std::string& peer, const source::SourcePtr& source);

// What is wrong with the text of an import, said without its place: the author has not seen it.
[[nodiscard]] diagnostics::Issue unsayable(const diagnostics::Issue& issue);

}  // namespace lrc::import
