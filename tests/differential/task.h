#pragma once
// A policy as text → what all backends are asked for: a bound program and positions of it.

#include <cstdint>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "compiler/compile/facts.h"
#include "runtime/host/program.h"

namespace lrc::differential {

// A line of JSON: {"seed", "again", "path", "text", "run", "peak", "batch", "rates", "parameters"}.
struct Case {
  std::uint64_t seed = 0;  // of the positions, too
  std::string again;       // the command that repeats it
  std::string path;        // where modules are looked for; need not exist
  std::string text;
  compile::FactTexts facts;
};
[[nodiscard]] Case read_case(const std::string& line);

// An update, and what the rules make of each reaction there.
struct Point {
  std::int64_t step;
  std::vector<double> factors;  // none: rules at rest

  [[nodiscard]] const double* given_factors() const {
    return factors.empty() ? nullptr : factors.data();
  }
};

struct Task {
  Case origin;
  runtime::Program program;
  std::vector<Point> points;
};

// `positions` of them: the first updates, the last ones, those beside the thresholds of curves,
// behind the end, around powers of two, and anywhere. The error is the code of the first issue.
[[nodiscard]] tl::expected<Task, std::string> make_task(Case origin, std::size_t positions);

}  // namespace lrc::differential
