#include "runtime/host/constant.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "runtime/host/evaluate.h"

namespace lrc::runtime {
namespace {

// `moving` says it of the curves that the instruction may refer to.
bool moves(const Instruction& instruction, const std::vector<bool>& moving) {
  switch (instruction.operation) {
    case Operation::real: return false;
    case Operation::curve:
    case Operation::cycle:
    case Operation::held: return moving[instruction.a];
    default: return instruction.operation < Operation::add;
  }
}

bool moves(const Program& program, const Segment& segment, const std::vector<bool>& moving) {
  const Code& code = program.codes[segment.code];
  return std::any_of(code.begin(), code.end(),
                     [&moving](const Instruction& each) { return moves(each, moving); });
}

std::uint64_t bits_at_start(const Program& program, const Segment& segment) {
  return std::bit_cast<std::uint64_t>(evaluate(program, segment, 0, nullptr));
}

// A curve of several segments stays where each of them stays at the same value.
bool moves(const Program& program, const Curve& curve, const std::vector<bool>& moving) {
  const auto first = program.segments.begin() + curve.first_segment;
  return std::any_of(first, first + curve.segments, [&](const Segment& segment) {
    return moves(program, segment, moving) ||
           bits_at_start(program, segment) != bits_at_start(program, *first);
  });
}

}  // namespace

bool is_constant(const Program& program, std::size_t slot) {
  std::vector<bool> moving;  // a curve refers only to curves before it
  for (const Curve& curve : program.curves) moving.push_back(moves(program, curve, moving));
  return !moves(program, program.slots[slot].value, moving);
}

}  // namespace lrc::runtime
