#include "runtime/host/constant.h"

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

#include "runtime/host/evaluate.h"

namespace lrc::runtime {
namespace {

// Looks at each curve once for each position that it is asked for.
class Movement {
 public:
  explicit Movement(const Program& program) : program_(program) {}

  // From `position` on, one of the curve's or of the update's that the segment is a value of.
  bool moves(const Segment& segment, Integer position) {
    const Code& code = program_.codes[segment.code];
    return std::any_of(code.begin(), code.end(), [&](const Instruction& each) {
      return moves(each, segment.first_integer, position);
    });
  }

 private:
  bool moves(const Instruction& instruction, std::uint32_t first_integer, Integer position) {
    switch (instruction.operation) {
      case Operation::real: return false;
      case Operation::curve: return moves(instruction.a, position);
      case Operation::cycle: return moves(instruction.a, 0);  // it comes back to its beginning
      case Operation::held: return moves(instruction.a, held(instruction, first_integer, position));
      default: return instruction.operation < Operation::add;
    }
  }

  Integer held(const Instruction& instruction, std::uint32_t first_integer, Integer position) {
    const Integer* constants = &program_.integers[first_integer + instruction.b];
    const Integer moved = position * constants[0] + constants[1];
    return std::max<Integer>(0, moved) / constants[2] * constants[3];
  }

  bool moves(std::uint32_t curve, Integer position) {
    const auto [known, fresh] = known_.try_emplace({curve, position}, false);
    if (fresh) known->second = look(curve, position);
    return known->second;
  }

  // A curve of several segments stays where each of those ahead stays, at the same value.
  bool look(std::uint32_t number, Integer position) {
    const Curve& curve = program_.curves[number];
    const auto value = bits(number, position);
    for (std::uint32_t k = 0; k < curve.segments; ++k) {
      const Integer* thresholds = program_.thresholds.data() + curve.first_threshold;
      if (k + 1 < curve.segments && thresholds[k] <= position) continue;
      const Integer begin = k == 0 ? position : std::max(position, thresholds[k - 1]);
      if (moves(program_.segments[curve.first_segment + k], begin) || bits(number, begin) != value)
        return true;
    }
    return false;
  }

  std::uint64_t bits(std::uint32_t curve, Integer position) const {
    return std::bit_cast<std::uint64_t>(evaluate_curve(program_, curve, position));
  }

  const Program& program_;
  std::map<std::pair<std::uint32_t, Integer>, bool> known_;
};

}  // namespace

bool is_constant(const Program& program, std::size_t slot, std::int64_t from) {
  return !Movement(program).moves(program.slots[slot].value, from);
}

}  // namespace lrc::runtime
