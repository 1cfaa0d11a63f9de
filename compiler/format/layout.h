#pragma once
// Tokens → lines. What fits is one line; what does not is broken from the outside in: at `then`, at
// brackets, at last behind commas and before terms.

#include <vector>

#include "compiler/format/line.h"
#include "compiler/format/tokens.h"

namespace lrc::format {

[[nodiscard]] std::vector<Line> lay_out(const Tokens& tokens);

}  // namespace lrc::format
