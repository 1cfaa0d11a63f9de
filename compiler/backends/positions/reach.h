#pragma once
// At which positions each curve can be read, over everything that leads to it from the slots.

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "compiler/backends/positions/range.h"

namespace lrc::backends {

// One segment's constants, and the positions at which its code is read.
struct Use {
  runtime::Segment segment;
  Range positions;
};

// The segments of a curve that positions in the range can reach, in order.
[[nodiscard]] std::vector<Use> uses_of(const runtime::Program& program, const runtime::Curve& curve,
                                       const Range& positions);

// The same segments by code: one code serves all segments that differ in their constants only.
[[nodiscard]] std::map<std::uint32_t, std::vector<Use>> by_code(std::span<const Use> uses);

// By curve; nothing where the curve cannot be reached.
using Reach = std::vector<std::optional<Range>>;
[[nodiscard]] Reach reach(const runtime::Program& program, std::span<const runtime::Slot> slots);

}  // namespace lrc::backends
