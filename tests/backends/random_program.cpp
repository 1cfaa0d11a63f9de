#include "tests/backends/random_program.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace lrc::tests {
namespace {

using runtime::Code;
using runtime::Instruction;
using runtime::Integer;
using runtime::Operation;
using runtime::Program;
using runtime::Segment;

constexpr Integer one = 1;
constexpr Integer largest_integer = (one << 126) - 1;
constexpr Integer exact_limit = one << 53;

// What a register can hold. Operations are chosen so that no value leaves its domain: beyond it the
// bits of a NaN would decide, and nothing defines those.
struct Interval {
  double low;
  double high;
};

constexpr double largest = 1e300;
constexpr double smallest = 1e-300;

Interval hull(std::initializer_list<double> values) { return {std::min(values), std::max(values)}; }

Interval hull(const Interval& a, const Interval& b) { return hull({a.low, a.high, b.low, b.high}); }

bool usable(const Interval& i) { return -largest < i.low && i.high < largest; }

Interval products(const Interval& x, const Interval& y) {
  return hull({x.low * y.low, x.low * y.high, x.high * y.low, x.high * y.high});
}

Interval powers(const Interval& x, const Interval& y) {
  return hull({0.0, std::pow(x.low, y.low), std::pow(x.low, y.high), std::pow(x.high, y.low),
               std::pow(x.high, y.high)});
}

// Whether the operands are in the operation's domain.
bool allowed(Operation operation, const Interval& x, const Interval& y) {
  const bool positive = x.low > smallest;
  switch (operation) {
    case Operation::divide: return y.low > smallest;
    case Operation::square_root: return x.low >= 0;
    case Operation::power: return positive || (x.low >= 0 && y.low >= 0);
    case Operation::havpi: return x.low >= 0 && x.high <= 1;
    case Operation::sinpi:
    case Operation::cospi: return std::max(-x.low, x.high) < 0x1p50;
    case Operation::exp2: return x.high < 900;
    case Operation::log2: return positive;
    case Operation::geometric:
      return positive && y.low > smallest && y.high / x.low < largest && x.high / y.low < largest;
    default: return true;
  }
}

Interval result_of(Operation operation, const Interval& x, const Interval& y) {
  switch (operation) {
    case Operation::add: return {x.low + y.low, x.high + y.high};
    case Operation::subtract: return {x.low - y.high, x.high - y.low};
    case Operation::multiply: return products(x, y);
    case Operation::divide: return products(x, {1 / y.high, 1 / y.low});
    case Operation::square_root: return {std::sqrt(x.low), std::sqrt(x.high)};
    case Operation::power: return powers(x, y);
    case Operation::havpi: return {0, 1};
    case Operation::exp2: return {std::exp2(x.low), std::exp2(x.high)};
    case Operation::log2: return {std::log2(x.low), std::log2(x.high)};
    case Operation::sinpi:
    case Operation::cospi:
    case Operation::tanh: return {-1, 1};
    default: return hull(x, y);
  }
}

class Generator {
 public:
  Generator(std::mt19937_64& random, const RandomShape& shape) : random_(random), shape_(shape) {}

  Program run() {
    const Integer last = runtime::maximum_step;
    const std::size_t top = curve({0, last}, shape_.depth);
    const std::size_t other = curve({0, last}, 1);
    const std::size_t slots = 1 + below(shape_.most_slots);
    std::vector<Code> codes = {slot_code(top), slot_code(other), code({0, last}, 1)};
    std::vector<std::uint32_t> indices;
    for (Code& made : codes) indices.push_back(add_code(std::move(made)));
    for (std::size_t k = 0; k < slots; ++k) {
      program_.slots.push_back(
          {static_cast<std::uint32_t>(k), 0, segment(indices[below(3)], {0, last})});
      program_.outputs.push_back("slot " + std::to_string(k));
    }
    program_.group_sets = {{}};
    for (const double factor : some_factors)
      program_.reactions.push_back({.by = factor, .updates = 1});
    return std::move(program_);
  }

 private:
  // Positions that a code must be valid for.
  struct Domain {
    Integer low;
    Integer high;
  };

  std::size_t below(std::size_t limit) { return random_() % limit; }

  // Any size is as likely as any other.
  Integer integer(Integer low, Integer high) {
    const Integer span = high - low;
    const auto upper = static_cast<Integer>(random_() >> 1);
    const Integer wide = (upper << 64) | static_cast<Integer>(random_());
    const Integer size = wide >> below(127);
    if (below(8) == 0) return high;
    return span <= 0 ? low : low + (size <= span ? size : size % (span + 1));
  }

  // A level with an even index may be zero.
  double level(std::uint32_t index) {
    switch (below(8)) {
      case 0: return index % 2 == 0 ? 0.0 : 1e-6;
      case 1: return 1.0;
      case 2: return 0.5;
      case 3: return 2.0;
      default: return std::uniform_real_distribution(1e-6, 4.0)(random_);
    }
  }

  std::uint32_t add_code(Code made) {
    values_.push_back(intervals(made).back());
    program_.codes.push_back(std::move(made));
    return static_cast<std::uint32_t>(program_.codes.size() - 1);
  }

  [[nodiscard]] std::vector<Interval> intervals(const Code& made) const {
    std::vector<Interval> result;
    for (const Instruction& i : made) {
      const bool operand = i.operation < Operation::add;
      result.push_back(operand ? leaf_interval(i)
                               : result_of(i.operation, result[i.a], result[i.b]));
    }
    return result;
  }

  [[nodiscard]] Interval leaf_interval(const Instruction& i) const {
    switch (i.operation) {
      case Operation::real: return {i.a % 2 == 0 ? 0 : 1e-6, 4};
      case Operation::ratio:
      case Operation::floor_ratio: return {0, 0x1p126};
      case Operation::passed: return {0, most_passed};
      case Operation::curve:
      case Operation::cycle:
      case Operation::held: return curve_values_[i.a];
      default: return {0, 1};
    }
  }

  std::vector<Integer> thresholds(const Domain& domain, std::size_t most) {
    std::set<Integer> values;
    const Integer near = std::min(domain.high, domain.low + static_cast<Integer>(4 * most));
    for (std::size_t k = 0; k < most; ++k) {
      const Integer high = below(2) == 0 ? near : domain.high;
      const Integer value = integer(domain.low, high);
      if (value > domain.low) values.insert(value);
    }
    return {values.begin(), values.end()};
  }

  // A curve over the domain; some segments share their code.
  std::size_t curve(const Domain& domain, std::size_t depth) {
    const std::vector<Integer> limits = thresholds(domain, below(shape_.most_segments + 1));
    std::vector<std::uint32_t> codes;
    std::vector<Segment> segments;
    for (std::size_t k = 0; k <= limits.size(); ++k) {
      const Domain here = {k == 0 ? domain.low : limits[k - 1],
                           k == limits.size() ? domain.high : limits[k] - 1};
      const bool fresh = codes.empty() || (codes.size() < 6 && below(3) == 0);
      if (fresh) codes.push_back(add_code(code(domain, depth)));
      segments.push_back(segment(fresh ? codes.back() : codes[below(codes.size())], here));
    }
    program_.curves.push_back({static_cast<std::uint32_t>(program_.segments.size()),
                               static_cast<std::uint32_t>(segments.size()),
                               static_cast<std::uint32_t>(program_.thresholds.size())});
    program_.segments.insert(program_.segments.end(), segments.begin(), segments.end());
    program_.thresholds.insert(program_.thresholds.end(), limits.begin(), limits.end());
    lengths_.push_back(domain.high);
    Interval values = values_[codes.front()];
    for (const std::uint32_t index : codes) values = hull(values, values_[index]);
    curve_values_.push_back(values);
    return program_.curves.size() - 1;
  }

  // A curve; mostly times a constant; often, then, a reaction of a rule that has a floor.
  Code slot_code(std::size_t curve_index) {
    if (below(8) == 0) return {{Operation::curve, static_cast<std::uint32_t>(curve_index)}};
    Code result = {{Operation::curve, static_cast<std::uint32_t>(curve_index)},
                   {Operation::real, 0},
                   {Operation::multiply, 0, 1}};
    if (below(4) == 0) return result;
    const auto reaction = static_cast<std::uint32_t>(below(some_factors.size()));
    result.insert(result.end(), {{Operation::factor, reaction},
                                 {Operation::multiply, 2, 3},
                                 {Operation::real, 1},
                                 {Operation::minimum, 2, 5},
                                 {Operation::maximum, 4, 6}});
    return result;
  }

  // Where an instruction's constants are: places in the segment's own lists, given out in order.
  struct Places {
    std::uint32_t integers = 0;
    std::uint32_t reals = 0;
  };

  static std::uint32_t integer_count(Operation operation) {
    switch (operation) {
      case Operation::progress:
      case Operation::small_progress:
      case Operation::floor_ratio:
      case Operation::cycle: return 3;
      case Operation::ratio:
      case Operation::held: return 4;
      case Operation::noise: return 2;
      case Operation::passed: return most_passed + 1;
      default: return 0;
    }
  }

  // What the binder makes of a ramp; every other code is of this kind.
  Code ramp_code() {
    static constexpr Operation shapes[] = {Operation::havpi, Operation::havpi, Operation::tanh,
                                           Operation::cospi, Operation::square_root};
    const bool geometric = below(4) == 0;
    const auto level = [&](std::uint32_t index) { return 2 * index + (geometric ? 1U : 0U); };
    Code result = {{Operation::real, level(0)},
                   {Operation::real, level(1)},
                   {below(3) == 0 ? Operation::progress : Operation::small_progress, 0},
                   {shapes[below(5)], 2},
                   {geometric ? Operation::geometric : Operation::ramp, 0, 1, 2, 3}};
    if (below(4) == 0) {
      result[4].d = 2;
      if (below(2) == 0) result.erase(result.begin() + 3);
    }
    if (below(2) == 0) {
      const auto ramp = static_cast<std::uint32_t>(result.size() - 1);
      result.push_back({Operation::real, 4});
      result.push_back({Operation::multiply, ramp, ramp + 1});
    }
    return result;
  }

  Code constant_code() {
    Code result = {{Operation::real, 0}};
    if (below(2) == 0)
      result.insert(result.end(), {{Operation::real, 1}, {Operation::multiply, 0, 1}});
    return result;
  }

  Code code(const Domain& domain, std::size_t depth) {
    if (below(2) == 0) return ramp_code();
    if (below(8) == 0) return constant_code();
    Code result = {};
    Places places;
    const std::size_t size = 3 + below(10);
    for (std::size_t k = 0; k < size; ++k) {
      const bool operand = k < 2 || below(3) == 0;
      Instruction i = operand ? leaf(domain, depth) : combination(intervals(result));
      place(i, places);
      result.push_back(i);
    }
    return result;
  }

  static void place(Instruction& i, Places& places) {
    if (i.operation == Operation::real) i.a = places.reals++;
    const std::uint32_t count = integer_count(i.operation);
    if (i.operation == Operation::cycle || i.operation == Operation::held)
      i.b = places.integers;
    else if (count > 0)
      i.a = places.integers;
    places.integers += count;
  }

  Instruction leaf(const Domain& domain, std::size_t depth) {
    static constexpr Operation simple[] = {
        Operation::real,        Operation::progress, Operation::small_progress, Operation::ratio,
        Operation::floor_ratio, Operation::passed,   Operation::noise};
    if (below(12) == 0)
      return {Operation::factor, static_cast<std::uint32_t>(below(some_factors.size()))};
    const std::size_t choice = below(depth > 0 ? 10 : 7);
    if (choice < 7) return {simple[choice]};
    if (choice == 7) {
      return {Operation::curve, static_cast<std::uint32_t>(curve(domain, depth - 1))};
    }
    if (choice == 8) {
      // Held from the start of periods, a curve is never read behind the position.
      return {Operation::held, static_cast<std::uint32_t>(curve({0, domain.high}, depth - 1))};
    }
    const Integer length = integer(1, below(4) == 0 ? largest_integer : one << 40);
    return {Operation::cycle, static_cast<std::uint32_t>(curve({0, length - 1}, depth - 1))};
  }

  Instruction combination(const std::vector<Interval>& registers) {
    const auto first = static_cast<std::size_t>(Operation::add);
    const auto last = static_cast<std::size_t>(Operation::geometric);
    const auto any = [&] { return static_cast<std::uint32_t>(below(registers.size())); };
    for (;;) {
      const auto operation = static_cast<Operation>(first + below(last - first + 1));
      const Instruction i = {operation, any(), any(), any(), any()};
      const Interval& x = registers[i.a];
      const Interval& y = registers[i.b];
      if (allowed(operation, x, y) && usable(result_of(operation, x, y))) return i;
    }
  }

  Segment segment(std::uint32_t index, const Domain& domain) {
    const Segment result = {index, static_cast<std::uint32_t>(program_.integers.size()),
                            static_cast<std::uint32_t>(program_.reals.size())};
    const Code& its_code = program_.codes[index];
    for (const Instruction& i : its_code) add_constants(i, domain, result.first_real);
    return result;
  }

  void add(std::initializer_list<Integer> values) {
    program_.integers.insert(program_.integers.end(), values);
  }

  // Up to and including entry `index` of the segment's reals, of which there are `size`.
  void add_real(std::uint32_t index, std::size_t size) {
    for (; size <= index; ++size) program_.reals.push_back(level(index));
  }

  void add_constants(const Instruction& i, const Domain& domain, std::size_t first_real) {
    switch (i.operation) {
      case Operation::real: add_real(i.a, program_.reals.size() - first_real); break;
      case Operation::progress: add_progress(domain, largest_integer); break;
      case Operation::small_progress: add_progress(domain, exact_limit - 1); break;
      case Operation::ratio: add_ratio(domain); break;
      case Operation::floor_ratio: add_floor_ratio(domain); break;
      case Operation::cycle: add_cycle(domain, lengths_[i.a] + 1); break;
      case Operation::held: add_held(domain); break;
      case Operation::noise: add({integer(0, (one << 64) - 1), integer(1, one << 20)}); break;
      case Operation::passed: add_passed(domain); break;
      default: break;
    }
  }

  // A multiplier under which every position stays within half the limit.
  Integer multiplier(const Domain& domain, Integer limit) {
    return integer(0, std::max<Integer>(0, limit / 2 / std::max<Integer>(domain.high, 1)));
  }

  void add_progress(const Domain& domain, Integer limit) {
    const Integer factor =
        below(3) == 0 ? multiplier(domain, limit) : std::min<Integer>(1, multiplier(domain, limit));
    const Integer begin = std::min(factor * domain.low + (below(3) == 0 ? 1 : 0), limit / 2);
    const Integer length = factor * (domain.high - domain.low);
    const Integer divisor = below(2) == 0 ? length : integer(1, limit);
    add({factor, -begin, std::clamp<Integer>(divisor, 1, limit)});
  }

  void add_ratio(const Domain& domain) {
    const Integer limit = below(2) == 0 ? largest_integer : exact_limit - 1;
    const Integer factor = multiplier(domain, limit);
    const Integer other = multiplier(domain, limit);
    add({factor, integer(0, limit / 2), other, integer(1, limit / 2)});
  }

  void add_floor_ratio(const Domain& domain) {
    const Integer factor = multiplier(domain, below(2) == 0 ? largest_integer : one << 62);
    const Integer begin = below(2) == 0 ? -factor * domain.low : integer(0, one << 100);
    add({factor, begin, integer(1, below(2) == 0 ? largest_integer : one << 30)});
  }

  void add_cycle(const Domain& domain, Integer length) {
    const Integer factor = below(2) == 0 ? std::min<Integer>(1, multiplier(domain, largest_integer))
                                         : multiplier(domain, largest_integer);
    const Integer begin = below(2) == 0 ? -factor * domain.low : integer(0, one << 70);
    add({factor, begin, below(2) == 0 ? length : integer(1, length)});
  }

  void add_held(const Domain& domain) {
    const Integer late = below(2) == 0 ? 0 : integer(0, std::max<Integer>(domain.high, 1));
    const Integer period = below(3) == 0 ? 1 : integer(1, one << 30);
    add({1, -late, period, period});
  }

  void add_passed(const Domain& domain) {
    std::vector<Integer> values = thresholds(domain, most_passed);
    if (below(8) == 0 && values.size() < most_passed) values.push_back(largest_integer);
    add({static_cast<Integer>(values.size())});
    values.resize(most_passed);
    program_.integers.insert(program_.integers.end(), values.begin(), values.end());
  }

  static constexpr std::uint32_t most_passed = 24;

  std::mt19937_64& random_;
  const RandomShape& shape_;
  Program program_;
  std::vector<Integer> lengths_;        // by curve: the last position it is made for
  std::vector<Interval> curve_values_;  // by curve
  std::vector<Interval> values_;        // by code
};

}  // namespace

Program random_program(std::mt19937_64& random, const RandomShape& shape) {
  return Generator(random, shape).run();
}

std::vector<std::int64_t> telling_steps(std::mt19937_64& random, const Program& program) {
  std::set<std::int64_t> steps = {0, 1, 2, runtime::maximum_step};
  const auto around = [&](Integer value) {
    for (Integer step = value - 1; step <= value + 1; ++step) {
      if (0 <= step && step <= runtime::maximum_step) {
        steps.insert(static_cast<std::int64_t>(step));
      }
    }
  };
  for (const Integer threshold : program.thresholds) around(threshold);
  for (unsigned power = 0; power < 63; ++power) around(one << power);
  for (unsigned k = 0; k < 64; ++k) {
    steps.insert(static_cast<std::int64_t>(random() >> (1 + random() % 62)));
  }
  return {steps.begin(), steps.end()};
}

}  // namespace lrc::tests
