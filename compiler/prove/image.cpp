#include "compiler/prove/image.h"

#include <cmath>

#include "runtime/arithmetic/arithmetic.h"
#include "runtime/host/operands.h"
#include "runtime/host/rules.h"

namespace lrc::prove {
namespace {

using runtime::Integer;
using runtime::Operation;
using Stretch = Images::Stretch;

Integer linear(const Integer* integers, const Integer& position) {
  return position * integers[0] + integers[1];
}

double quotient(const Integer& numerator, const Integer& denominator) {
  return lrc1_quotient(static_cast<lrc1_wide>(numerator), static_cast<lrc1_wide>(denominator));
}

double progress_at(const Integer* integers, const Integer& position) {
  const Integer numerator = linear(integers, position);
  if (numerator <= 0) return 0.0;
  return numerator >= integers[2] ? 1.0 : quotient(numerator, integers[2]);
}

// In any state of the rules. One that cannot move is at rest.
Image of_rules(const runtime::Reaction& reaction) {
  const auto [low, high] = runtime::factor_bounds(reaction);
  return {{low, high}, low == high ? Direction::still : Direction::any};
}

// What goes one way has its ends at the ends of the stretch.
Image one_way(double first, double last) {
  if (first == last) return {point(first), Direction::still};
  if (first < last) return {{first, last}, Direction::rising};
  return {{last, first}, Direction::falling};
}

Image progress(const Integer* integers, const Stretch& stretch) {
  return one_way(progress_at(integers, stretch.first), progress_at(integers, stretch.last));
}

Image noise(const Integer* integers, const Stretch& stretch) {
  if (!stretch.single()) return {{0, 1}, Direction::any};
  return {point(lrc1_noise(static_cast<unsigned long long>(integers[0]),
                           static_cast<unsigned long long>(stretch.first / integers[1])))};
}

// (p*a + b)/(p*c + d) goes one way.
Image ratio(const Integer* integers, const Stretch& stretch) {
  const auto at = [&](const Integer& position) {
    return quotient(linear(integers, position), linear(integers + 2, position));
  };
  return one_way(at(stretch.first), at(stretch.last));
}

Image floor_ratio(const Integer* integers, const Stretch& stretch) {
  const auto at = [&](const Integer& position) {
    return static_cast<double>(linear(integers, position) / integers[2]);
  };
  return one_way(at(stretch.first), at(stretch.last));
}

Image passed(const Integer* integers, const Stretch& stretch) {
  const Integer* first = integers + 1;
  const Integer* last = first + static_cast<std::ptrdiff_t>(integers[0]);
  const auto at = [&](const Integer& position) {
    return static_cast<double>(std::upper_bound(first, last, position) - first);
  };
  return one_way(at(stretch.first), at(stretch.last));
}

// With `sign` the direction of what a value is multiplied by: not below zero, or not above.
Direction scaled(const Image& value, const Interval& sign) {
  if (value.direction == Direction::still) return Direction::still;
  if (sign.low >= 0) return value.direction;
  return sign.high <= 0 ? reversed(value.direction) : Direction::any;
}

Direction of_product(const Image& x, const Image& y) {
  return together(scaled(x, y.range), scaled(y, x.range));
}

Direction of_quotient(const Image& x, const Image& y) {
  if (y.range.contains(0)) return Direction::any;
  return together(scaled(x, y.range), reversed(scaled(y, x.range)));
}

// x^y rises in x where y >= 0, and in y where x >= 1.
Direction of_power(const Image& x, const Image& y) {
  const Direction by_base = scaled(x, y.range);
  Direction by_exponent = Direction::any;
  if (y.direction == Direction::still)
    by_exponent = Direction::still;
  else if (x.range.low >= 1)
    by_exponent = y.direction;
  else if (x.range.low >= 0 && x.range.high <= 1)
    by_exponent = reversed(y.direction);
  return together(by_base, by_exponent);
}

// Monotone between two neighbouring extrema: at whole numbers for the cosine, half a turn later for
// the sine.
Direction of_wave(const Image& x, double first_top) {
  if (x.direction == Direction::still) return Direction::still;
  const double half_turn = std::floor(x.range.low - first_top);
  if (!(x.range.high - first_top <= half_turn + 1)) return Direction::any;
  return std::fmod(half_turn, 2) == 0 ? reversed(x.direction) : x.direction;
}

// M8: a ramp goes to the greater of its ends as its shape rises.
Direction of_ramp(const Image& a, const Image& b, const Image& u, Direction shape) {
  if (a.direction != Direction::still || b.direction != Direction::still) return Direction::any;
  if (a.range.single() && a.range == b.range) return Direction::still;
  if (u.direction == Direction::still && (u.range.high <= 0 || u.range.low >= 1))
    return Direction::still;
  // The ends are selected by the progress, which must come to them in this order.
  const bool forward = u.direction == Direction::still || u.direction == Direction::rising;
  if (!forward) return Direction::any;
  if (shape != Direction::rising && shape != Direction::still) return Direction::any;
  if (shape == Direction::still && u.direction != Direction::still &&
      (u.range.low <= 0 || u.range.high >= 1))
    shape = Direction::rising;  // from a to what stands still, and on to b
  if (a.range.high <= b.range.low) return shape;
  return a.range.low >= b.range.high ? reversed(shape) : Direction::any;
}

bool within(const Interval& value, double low, double high) {
  return low <= value.low && value.high <= high;
}

Direction direction_of(Operation operation, const Image& x, const Image& y, const Image& z,
                       const Image& w) {
  switch (operation) {
    case Operation::add:
    case Operation::minimum:
    case Operation::maximum: return together(x.direction, y.direction);
    case Operation::subtract: return together(x.direction, reversed(y.direction));
    case Operation::multiply: return of_product(x, y);
    case Operation::divide: return of_quotient(x, y);
    case Operation::power: return of_power(x, y);
    case Operation::square_root:
    case Operation::log2:
    case Operation::exp2:
    case Operation::tanh: return x.direction;
    case Operation::havpi: return within(x.range, 0, 1) ? x.direction : Direction::any;
    case Operation::cospi: return of_wave(x, 0.0);
    case Operation::sinpi: return of_wave(x, 0.5);
    case Operation::ramp: return of_ramp(x, y, z, w.direction);
    case Operation::geometric: return of_ramp(x, y, z, z.direction);
    default: return Direction::any;
  }
}

}  // namespace

Direction reversed(Direction direction) {
  if (direction == Direction::rising) return Direction::falling;
  return direction == Direction::falling ? Direction::rising : direction;
}

Direction together(Direction a, Direction b) {
  if (a == Direction::still) return b;
  return b == Direction::still || a == b ? a : Direction::any;
}

Image image_of(Operation operation, const Image& x, const Image& y, const Image& z,
               const Image& w) {
  return {apply(operation, {x.range, y.range, z.range, w.range}),
          direction_of(operation, x, y, z, w)};
}

Image Images::of_slot(std::size_t slot, std::int64_t first, std::int64_t last) {
  return of_code(program_.slots[slot].value, {first, last});
}

Image Images::of_code(const runtime::Segment& segment, const Stretch& stretch) {
  const runtime::Code& code = program_.codes[segment.code];
  std::vector<Image> registers;
  registers.reserve(code.size());
  work_ += code.size();
  for (const runtime::Instruction& instruction : code)
    registers.push_back(of_instruction(instruction, segment, stretch, registers));
  return registers.back();
}

Image Images::of_instruction(const runtime::Instruction& i, const runtime::Segment& segment,
                             const Stretch& stretch, const std::vector<Image>& registers) {
  const Integer* integers = program_.integers.data() + segment.first_integer;
  switch (i.operation) {
    case Operation::real: return {point(program_.reals[segment.first_real + i.a])};
    case Operation::progress:
    case Operation::small_progress: return progress(integers + i.a, stretch);
    case Operation::ratio: return ratio(integers + i.a, stretch);
    case Operation::floor_ratio: return floor_ratio(integers + i.a, stretch);
    case Operation::passed: return passed(integers + i.a, stretch);
    case Operation::curve: return of_curve(i.a, stretch);
    case Operation::cycle: return of_cycle(i, integers, stretch);
    case Operation::held: return of_held(i, integers, stretch);
    case Operation::factor: return of_rules(program_.reactions[i.a]);
    case Operation::noise: return noise(integers + i.a, stretch);
    default: break;
  }
  const std::size_t operands = runtime::operands_of(i.operation).registers;
  const Image x = registers[i.a];
  const Image y = operands > 1 ? registers[i.b] : Image{};
  const Image z = operands > 2 ? registers[i.c] : Image{};
  const Image w = operands > 3 ? registers[i.d] : Image{};
  return image_of(i.operation, x, y, z, w);
}

// Segment by segment; where one follows another, the two values there say which way it goes.
Image Images::of_curve(std::uint32_t index, const Stretch& stretch) {
  const runtime::Curve& curve = program_.curves[index];
  const Integer* first = program_.thresholds.data() + curve.first_threshold;
  const Integer* last = first + (curve.segments - 1);
  const Integer* begin = std::upper_bound(first, last, stretch.first);
  const auto segment_at = [&](const Integer* threshold) {
    return program_.segments[curve.first_segment + static_cast<std::size_t>(threshold - first)];
  };
  const auto stretch_at = [&](const Integer* threshold) {
    return Stretch{
        threshold == first ? stretch.first : std::max(stretch.first, threshold[-1]),
        threshold == last ? stretch.last : std::min<Integer>(stretch.last, *threshold - 1)};
  };
  Image all = of_code(segment_at(begin), stretch_at(begin));
  for (const Integer* next = begin + 1; next <= last && next[-1] <= stretch.last; ++next) {
    const Image image = of_code(segment_at(next), stretch_at(next));
    if (all.direction != Direction::any) {
      const double before = of_code(segment_at(next - 1), {next[-1] - 1, next[-1] - 1}).range.low;
      const double after = of_code(segment_at(next), {next[-1], next[-1]}).range.low;
      const Direction jump = before < after   ? Direction::rising
                             : before > after ? Direction::falling
                                              : Direction::still;
      all.direction = together(all.direction, together(jump, image.direction));
    }
    all.range = hull(all.range, image.range);
  }
  return all;
}

Image Images::of_cycle(const runtime::Instruction& instruction, const Integer* integers,
                       const Stretch& stretch) {
  const Integer modulus = integers[instruction.b + 2];
  const Integer first = linear(integers + instruction.b, stretch.first);
  const Integer last = linear(integers + instruction.b, stretch.last);
  if (first / modulus == last / modulus)
    return of_curve(instruction.a, {first % modulus, last % modulus});
  const auto [known, fresh] = whole_.try_emplace({instruction.a, modulus});
  if (fresh) {
    Image whole = of_curve(instruction.a, {0, modulus - 1});
    if (whole.direction != Direction::still) whole.direction = Direction::any;
    known->second = whole;
  }
  return known->second;
}

Image Images::of_held(const runtime::Instruction& instruction, const Integer* integers,
                      const Stretch& stretch) {
  const auto at = [&](const Integer& position) -> Integer {
    const Integer place = linear(integers + instruction.b, position);
    if (place <= 0) return 0;
    return place / integers[instruction.b + 2] * integers[instruction.b + 3];
  };
  return of_curve(instruction.a, {at(stretch.first), at(stretch.last)});
}

}  // namespace lrc::prove
