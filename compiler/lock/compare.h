#pragma once
// Two meanings of one policy, compared in numbers: from which step, and by how much.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compiler/ir/program.h"

namespace lrc::lock {

// A run of at most this many steps is compared at every step, a longer one around every boundary
// and on an even grid.
inline constexpr std::int64_t maximum_dense_run = 2'000'000;

struct Point {
  std::int64_t step = 0;
  double before = 0, after = 0;
};
// Of the old value, which is not 0.
[[nodiscard]] double percent(const Point& point);

// An output whose values differ: outside any group, or in one.
struct Change {
  std::string output;
  std::string group;               // empty: outside any group
  Point first;                     // the first step that differs
  std::optional<Point> largest;    // relatively, where the old value is not 0
  std::optional<Point> from_zero;  // absolutely, where it is
};

struct Comparison {
  std::vector<Change> changes;
  // What changed besides: outputs and groups that came or went, patterns, clamps, stated facts.
  std::vector<std::string> notes;
  std::vector<std::string> assumed;  // the facts set because a policy leaves them open
  std::int64_t steps = 0;            // of the longer run
  std::int64_t compared = 0;         // how many of them were looked at
  std::string obstacle;              // why there are no numbers; empty when there are

  // Over all outputs and groups; null where there is none.
  [[nodiscard]] const Change* first() const;
  [[nodiscard]] const Change* largest() const;
  [[nodiscard]] const Change* from_zero() const;
};

[[nodiscard]] Comparison compare(const ir::Program& before, const ir::Program& after);

// The same with the canonical text of a lock, which another version of lrc may have written.
[[nodiscard]] Comparison compare(std::string_view before, const ir::Program& after);

// What changed besides the values.
[[nodiscard]] std::vector<std::string> notes(const ir::Program& before, const ir::Program& after);

// One sentence: from which step, by how much.
[[nodiscard]] std::string summary(const Comparison& comparison);
// All of it, on one line.
[[nodiscard]] std::string report(const Comparison& comparison);

}  // namespace lrc::lock
