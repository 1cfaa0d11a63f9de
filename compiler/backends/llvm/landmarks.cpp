#include "compiler/backends/llvm/landmarks.h"

#include <set>

namespace lrc::backends::llvm {
namespace {

using runtime::Code;
using runtime::Instruction;
using runtime::Operation;
using runtime::Program;

Integer floor_quotient(Integer value, Integer divisor) {
  const Integer quotient = value / divisor;
  return quotient - (value % divisor < 0 ? 1 : 0);
}

bool is_progress(const Instruction& i) {
  return i.operation == Operation::progress || i.operation == Operation::small_progress;
}

// The first positions at which (position*factor + addend)/length is above 0, above 1/2, and 1.
void add_landmarks(const Integer* integers, std::set<Integer>& landmarks) {
  const Integer factor = integers[0];
  const Integer addend = integers[1];
  const Integer length = integers[2];
  for (const Integer value : {factor, addend, length}) {
    if (!within({value, value}, {-exact_limit, exact_limit})) return;
  }
  if (factor <= 0) return;
  landmarks.insert(floor_quotient(-addend, factor) + 1);
  landmarks.insert(floor_quotient(length - 2 * addend, 2 * factor) + 1);
  landmarks.insert(floor_quotient(length - addend - 1, factor) + 1);
}

std::set<Integer> landmarks_of(const Program& program, const runtime::Segment& segment) {
  const Code& code = program.codes[segment.code];
  std::set<Integer> landmarks;
  for (const Instruction& i : code) {
    if (i.operation != Operation::havpi || !is_progress(code[i.a])) continue;
    add_landmarks(program.integers.data() + segment.first_integer + code[i.a].a, landmarks);
  }
  return landmarks;
}

}  // namespace

std::vector<Use> cut_at_landmarks(const Program& program, std::span<const Use> uses) {
  std::vector<Use> pieces;
  for (Use rest : uses) {
    for (const Integer landmark : landmarks_of(program, rest.segment)) {
      if (landmark <= rest.positions.low || landmark > rest.positions.high) continue;
      pieces.push_back({rest.segment, {rest.positions.low, landmark - 1}});
      rest.positions.low = landmark;
    }
    pieces.push_back(rest);
  }
  return pieces;
}

}  // namespace lrc::backends::llvm
