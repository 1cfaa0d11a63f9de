#pragma once
// What the phases of a bound policy are called in logs: the author's own words.

#include <string>
#include <vector>

#include "compiler/compile/compile.h"

namespace lrc::compile {

// A place's text in one line, without comments.
[[nodiscard]] std::string words(source::Span span);

// Of the outputs in `bound`, as runtime::Program::phases wants them. Where several curves are one
// output, as in `min(A, B)`, a name says the phase of each. None where there are more than
// runtime::maximum_named_phases.
[[nodiscard]] std::vector<runtime::NamedPhase> phase_names(const CompiledPolicy& policy,
                                                           const bind::Bound& bound);

}  // namespace lrc::compile
