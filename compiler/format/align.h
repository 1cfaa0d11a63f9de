#pragma once
// Columns over lines that follow each other: the `=` of outputs, and comments behind code.

#include <vector>

#include "compiler/format/line.h"

namespace lrc::format {

void align(std::vector<Line>& lines);

}  // namespace lrc::format
