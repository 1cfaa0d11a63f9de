#include "compiler/backends/positions/reach.h"

#include <algorithm>

namespace lrc::backends {
namespace {

using runtime::Curve;
using runtime::Instruction;
using runtime::Operation;
using runtime::Program;

void widen(std::optional<Range>& range, const Range& more) {
  range = range ? join(*range, more) : more;
}

void follow(const Program& program, const Use& use, Reach& result) {
  const Integer* integers = program.integers.data() + use.segment.first_integer;
  for (const Instruction& i : program.codes[use.segment.code]) {
    if (i.operation == Operation::curve) widen(result[i.a], use.positions);
    if (i.operation != Operation::cycle && i.operation != Operation::held) continue;
    const Range place = linear(use.positions, integers[i.b], integers[i.b + 1]);
    if (i.operation == Operation::held) {
      const Range whole =
          quotient({std::max<Integer>(place.low, 0), std::max<Integer>(place.high, 0)},
                   {integers[i.b + 2], integers[i.b + 2]});
      widen(result[i.a], linear(whole, integers[i.b + 3], 0));
      continue;
    }
    const Integer length = integers[i.b + 2];
    widen(result[i.a], remainder(place, {length, length}));
  }
}

}  // namespace

std::vector<Use> uses_of(const Program& program, const Curve& curve, const Range& positions) {
  const Integer* first = program.thresholds.data() + curve.first_threshold;
  const Integer* last = first + (curve.segments - 1);
  std::vector<Use> uses;
  Integer low = positions.low;
  auto k = static_cast<std::size_t>(std::upper_bound(first, last, low) - first);
  for (; k < curve.segments && low <= positions.high; ++k) {
    const bool is_last = k + 1 == curve.segments;
    const Integer high = is_last ? positions.high : std::min(positions.high, first[k] - 1);
    uses.push_back({program.segments[curve.first_segment + k], {low, high}});
    if (is_last) break;
    low = first[k];
  }
  return uses;
}

std::map<std::uint32_t, std::vector<Use>> by_code(std::span<const Use> uses) {
  std::map<std::uint32_t, std::vector<Use>> groups;
  for (const Use& use : uses) groups[use.segment.code].push_back(use);
  return groups;
}

Reach reach(const Program& program, std::span<const runtime::Slot> slots) {
  Reach result(program.curves.size());
  for (const runtime::Slot& slot : slots) follow(program, {slot.value, any_step}, result);
  // A curve refers only to curves before it: from the last to the first, each is complete when
  // its turn comes.
  for (std::size_t k = program.curves.size(); k-- > 0;) {
    if (!result[k]) continue;
    for (const Use& use : uses_of(program, program.curves[k], *result[k])) {
      follow(program, use, result);
    }
  }
  return result;
}

}  // namespace lrc::backends
