#pragma once
// Policy → canonical IR. Sugar and the author's order end here; nothing an author did can be
// reported any more. The rewrites are numbered in grammar/reference.md.

#include <vector>

#include "compiler/ir/program.h"
#include "compiler/policy/policy.h"

namespace lrc::lower {

struct Lowered {
  ir::Program program;
  std::vector<source::Span>
      origins;  // of ir::Phase and Rule::origin, so that a binding can name a place
};

[[nodiscard]] Lowered lower(const policy::Policy& policy);

}  // namespace lrc::lower
