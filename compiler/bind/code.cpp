#include "compiler/bind/code.h"

#include <algorithm>
#include <array>
#include <limits>

#include "compiler/source/limits.h"

namespace lrc::bind {
namespace {

using diagnostics::Code;
using exact::Integer;
using exact::Rational;
using runtime::Operation;

const Integer largest_integer = Integer(1) << source::maximum_integer_bits;
const Integer largest_small = Integer(1) << 53;
const Integer largest_word = Integer(1) << 62;

[[noreturn]] void too_large() {
  refuse(Code::E0909, std::nullopt, "the lengths of this policy need exact numbers beyond 2^126",
         "lengths and rates with many digits multiply; round them where the run allows it");
}

void check_product(const Integer& largest, const Integer& multiplier, const Integer& add) {
  if (abs(multiplier) * largest + abs(add) >= largest_integer) too_large();
}

// The smallest whole factor that makes all of `values` integers.
Integer common_denominator(std::span<const Rational> values) {
  Integer common = 1;
  for (const Rational& value : values) common = lcm(common, exact::denominator(value));
  return common;
}

// All of `values` times one factor, so that they are integers without a common divisor.
template <std::size_t N>
std::array<Integer, N> whole(const std::array<Rational, N>& values) {
  const Integer common = common_denominator(values);
  std::array<Integer, N> scaled;
  Integer divisor = 0;
  for (std::size_t i = 0; i < N; ++i) {
    scaled[i] = exact::numerator(values[i] * Rational(common));
    divisor = gcd(divisor, scaled[i]);
  }
  if (divisor > 1) {
    for (Integer& value : scaled) value /= divisor;
  }
  return scaled;
}

}  // namespace

runtime::Integer bounded(const Integer& value) {
  if (abs(value) >= largest_integer) too_large();
  return value.convert_to<runtime::Integer>();
}

std::uint32_t CodeBuilder::emit(runtime::Instruction instruction) {
  static_assert(source::maximum_operations == runtime::maximum_registers);
  if (code_.size() == runtime::maximum_registers) {
    refuse(Code::E0910, std::nullopt,
           fmt::format("a formula of more than {} operations", runtime::maximum_registers),
           "one value is computed by a bounded number of operations");
  }
  code_.push_back(instruction);
  return static_cast<std::uint32_t>(code_.size() - 1);
}

std::uint32_t CodeBuilder::integers(std::span<const Integer> values) {
  const auto first = static_cast<std::uint32_t>(integers_.size());
  for (const Integer& value : values) integers_.push_back(bounded(value));
  return first;
}

std::uint32_t CodeBuilder::real(double value) {
  reals_.push_back(value);
  return emit({Operation::real, static_cast<std::uint32_t>(reals_.size() - 1)});
}

std::uint32_t CodeBuilder::progress(const Place& place, const Rational& begin,
                                    const Rational& end) {
  const std::array<Integer, 3> n = whole<3>({place.multiplier, place.add - begin, end - begin});
  check_product(place.largest, n[0], n[1]);
  const Integer largest_numerator = abs(n[0]) * place.largest + abs(n[1]);
  const bool small =
      largest_numerator < largest_small && n[2] < largest_small && place.largest < largest_word;
  return emit({small ? Operation::small_progress : Operation::progress, integers(n)});
}

std::uint32_t CodeBuilder::ratio(const Place& place, const Rational& numerator_weight,
                                 const Rational& numerator, const Rational& denominator_weight,
                                 const Rational& denominator) {
  const std::array<Integer, 4> n = whole<4>(
      {place.multiplier * numerator_weight, place.add * numerator_weight + numerator,
       place.multiplier * denominator_weight, place.add * denominator_weight + denominator});
  check_product(place.largest, n[0], n[1]);
  check_product(place.largest, n[2], n[3]);
  return emit({Operation::ratio, integers(n)});
}

std::uint32_t CodeBuilder::floor_ratio(const Place& place, const Rational& begin,
                                       const Rational& period) {
  const std::array<Integer, 3> n = whole<3>({place.multiplier, place.add - begin, period});
  check_product(place.largest, n[0], n[1]);
  return emit({Operation::floor_ratio, integers(n)});
}

std::uint32_t CodeBuilder::passed(const Place& place, const std::vector<Rational>& positions) {
  std::vector<Integer> values = {static_cast<Integer>(positions.size())};
  for (const Rational& position : positions) {
    // place >= position, for an integer position of the program; a fixed place decides it here.
    if (place.multiplier == 0)
      values.push_back(place.add >= position ? Integer(0) : Integer(largest_integer - 1));
    else
      values.push_back(exact::ceiling((position - place.add) / place.multiplier));
  }
  return emit({Operation::passed, integers(values)});
}

std::uint32_t CodeBuilder::curve(std::uint32_t index) { return emit({Operation::curve, index}); }

std::uint32_t CodeBuilder::factor(std::uint32_t reaction) {
  return emit({Operation::factor, reaction});
}

std::uint32_t CodeBuilder::cycle(std::uint32_t index, const Integer& multiplier, const Integer& add,
                                 const Integer& modulus, const Integer& largest) {
  check_product(largest, multiplier, add);
  const std::array<Integer, 3> n = {multiplier, add, modulus};
  return emit({Operation::cycle, index, integers(n)});
}

std::uint32_t CodeBuilder::held(std::uint32_t index, const Integer& multiplier, const Integer& add,
                                const Integer& period, const Integer& scale,
                                const Integer& largest) {
  check_product(largest, multiplier, add);
  check_product((abs(multiplier) * largest + abs(add)) / period + 1, scale, 0);
  const std::array<Integer, 4> n = {multiplier, add, period, scale};
  return emit({Operation::held, index, integers(n)});
}

std::uint32_t CodeBuilder::noise(const Integer& seed, const Integer& scale) {
  const std::array<Integer, 2> n = {seed, scale};
  return emit({Operation::noise, integers(n)});
}

std::uint32_t CodeBuilder::apply(Operation operation, std::uint32_t x, std::uint32_t y,
                                 std::uint32_t z, std::uint32_t w) {
  return emit({operation, x, y, z, w});
}

std::uint32_t defined(CodeBuilder& code, std::uint32_t value) {
  const std::uint32_t number = code.apply(Operation::maximum, value, code.real(0));
  return code.apply(Operation::minimum, number, code.real(std::numeric_limits<double>::max()));
}

runtime::Segment ProgramBuilder::add(const CodeBuilder& built) {
  std::vector<std::uint32_t> key;
  for (const runtime::Instruction& i : built.code()) {
    key.insert(key.end(), {static_cast<std::uint32_t>(i.operation), i.a, i.b, i.c, i.d});
  }
  const auto [code, fresh] =
      codes_.emplace(std::move(key), static_cast<std::uint32_t>(program_.codes.size()));
  if (fresh) program_.codes.push_back(built.code());
  const runtime::Segment segment{code->second, static_cast<std::uint32_t>(program_.integers.size()),
                                 static_cast<std::uint32_t>(program_.reals.size())};
  program_.integers.insert(program_.integers.end(), built.integers().begin(),
                           built.integers().end());
  program_.reals.insert(program_.reals.end(), built.reals().begin(), built.reals().end());
  return segment;
}

std::uint32_t ProgramBuilder::add_curve(const std::vector<runtime::Segment>& segments,
                                        const std::vector<Integer>& thresholds) {
  const runtime::Curve curve{static_cast<std::uint32_t>(program_.segments.size()),
                             static_cast<std::uint32_t>(segments.size()),
                             static_cast<std::uint32_t>(program_.thresholds.size())};
  program_.segments.insert(program_.segments.end(), segments.begin(), segments.end());
  for (const Integer& threshold : thresholds) program_.thresholds.push_back(bounded(threshold));
  program_.curves.push_back(curve);
  return static_cast<std::uint32_t>(program_.curves.size() - 1);
}

}  // namespace lrc::bind
