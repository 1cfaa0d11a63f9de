#include <set>

#include "tests/differential/coverage.h"

namespace lrc::differential {
namespace {

using runtime::Instruction;
using runtime::Integer;
using runtime::Operation;
using runtime::Segment;

constexpr const char* names[] = {
#define LRC_NAME(name) #name,
    LRC_OPERATIONS(LRC_NAME)
#undef LRC_NAME
};

struct Constants {
  std::uint32_t first;
  std::uint32_t count;
};

// Where the operation's integers are among those of its segment.
Constants constants(const Instruction& i, const Integer* integers) {
  switch (i.operation) {
    case Operation::progress:
    case Operation::small_progress:
    case Operation::floor_ratio: return {i.a, 3};
    case Operation::ratio: return {i.a, 4};
    case Operation::passed: return {i.a, 1 + static_cast<std::uint32_t>(integers[i.a])};
    case Operation::noise: return {i.a, 2};
    case Operation::cycle: return {i.b, 3};
    case Operation::held: return {i.b, 4};
    default: return {0, 0};
  }
}

unsigned width(const Integer* integers, const Constants& which) {
  unsigned widest = 53;
  for (std::uint32_t k = 0; k < which.count; ++k) {
    const Integer value = integers[which.first + k];
    const Integer size = value < 0 ? -value : value;
    for (const unsigned bits : {63U, 126U}) {
      const unsigned below = bits == 63 ? 53 : 63;
      if (size >= Integer{1} << below) widest = std::max(widest, bits);
    }
  }
  return widest;
}

void collect(const runtime::Program& program, const Segment& segment,
             std::set<std::string>& found) {
  const Integer* integers = program.integers.data() + segment.first_integer;
  for (const Instruction& i : program.codes[segment.code]) {
    const std::string name = names[static_cast<std::size_t>(i.operation)];
    found.insert(name);
    const Constants which = constants(i, integers);
    if (which.count > 0) found.insert(name + ' ' + std::to_string(width(integers, which)));
  }
}

}  // namespace

Tally no_operations() {
  Tally tally;
  for (const char* name : names) tally[name] = 0;
  return tally;
}

void count_operations(const runtime::Program& program, Tally& tally) {
  std::set<std::string> found;
  for (const Segment& segment : program.segments) collect(program, segment, found);
  for (const runtime::Slot& slot : program.slots) collect(program, slot.value, found);
  for (const std::string& name : found) ++tally[name];
}

}  // namespace lrc::differential
