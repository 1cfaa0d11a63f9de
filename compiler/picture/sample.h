#pragma once
// A bound program → what each column of a picture shows, at any length of the run.

#include <vector>

#include "compiler/exact/rational.h"
#include "runtime/host/program.h"

namespace lrc::picture {

// The values of the updates in one column: the lowest, the highest, the first and the last.
struct Column {
  double low, high, first, last;
};

// Updates 0 .. `length`, in `columns` parts. With fewer updates than columns an update is several
// columns wide. `boundaries` (in updates) are looked at from both sides, however many updates a
// column has.
[[nodiscard]] std::vector<Column> sample(const runtime::Program& program, std::size_t slot,
                                         const exact::Rational& length, std::size_t columns,
                                         const std::vector<exact::Rational>& boundaries);

}  // namespace lrc::picture
