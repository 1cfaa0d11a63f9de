#pragma once
// What is checked on the bytes before the generated parser sees them: it recurses and it allocates,
// so size, encoding, nesting and counts are bounded here.

#include "compiler/diagnostics/issue.h"

namespace lrc::syntax {

// The first breach of a limit or of the encoding, or none.
[[nodiscard]] diagnostics::Issues check_bytes(const source::Source& source);

}  // namespace lrc::syntax
