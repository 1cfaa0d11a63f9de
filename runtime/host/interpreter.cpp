#include "runtime/host/interpreter.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "runtime/arithmetic/arithmetic.h"
#include "runtime/arithmetic/environment.h"
#include "runtime/host/evaluate.h"

namespace lrc::runtime {
namespace {

using Word = std::numeric_limits<std::int64_t>;

bool within_word(Integer position) { return Word::min() <= position && position <= Word::max(); }

// Cut to 64 bits: sums and products that fit are right whatever their parts were.
std::int64_t word(Integer value) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(value));
}

std::int64_t linear_word(std::int64_t position, std::int64_t factor, std::int64_t addend) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(position) *
                                       static_cast<std::uint64_t>(factor) +
                                   static_cast<std::uint64_t>(addend));
}

// n/d limited to [0, 1], where both are binary64 numbers.
inline double small_progress(std::int64_t n, std::int64_t d) noexcept {
  if (n <= 0) return 0.0;
  if (n >= d) return 1.0;
  return static_cast<double>(n) / static_cast<double>(d);
}

// As lrc1_ramp limits: to `low` where the value is none.
inline double limited(double value, double low, double high) noexcept {
  const double raised = value > low ? value : low;
  return raised < high ? raised : high;
}

// How many of `count` rising entries are <= position. Most curves have few; and who goes through
// the steps in order takes the same branches again and again.
inline std::size_t count_passed(const std::int64_t* first, std::size_t count,
                                std::int64_t position) noexcept {
  constexpr std::size_t few = 8;
  if (count > few)
    return static_cast<std::size_t>(std::upper_bound(first, first + count, position) - first);
  std::size_t passed = 0;
  while (passed < count && first[passed] <= position) ++passed;
  return passed;
}

// What an operation of one operand makes of it; null where it is no such operation.
using Shape = double (*)(double);
Shape shape_of(Operation operation) {
  switch (operation) {
    case Operation::square_root: return [](double x) { return std::sqrt(x); };
    case Operation::havpi: return lrc1_havpi;
    case Operation::sinpi: return lrc1_sinpi;
    case Operation::cospi: return lrc1_cospi;
    case Operation::exp2: return lrc1_exp2;
    case Operation::log2: return lrc1_log2;
    case Operation::tanh: return lrc1_tanh;
    default: return nullptr;
  }
}

using Body = std::span<const Instruction>;

bool is_real(const Instruction& i) { return i.operation == Operation::real; }

// Whether the code's value is the same at every position, whatever the rules do.
bool is_constant(Body code) {
  return std::all_of(code.begin(), code.end(), [](const Instruction& i) {
    return is_real(i) || i.operation >= Operation::add;
  });
}

bool ends_in_scale(Body code) {
  const auto last = static_cast<std::uint32_t>(code.size() - 1);
  return last >= 2 && is_real(code[last - 1]) &&
         code[last] == Instruction{Operation::multiply, last - 2, last - 1};
}

// {real, real, small_progress, ramp of these} or {…, an operation on the progress, ramp with it}.
bool is_ramp(Body code) {
  if (code.size() != 4 && code.size() != 5) return false;
  const auto shape = static_cast<std::uint32_t>(code.size() - 2);
  return is_real(code[0]) && is_real(code[1]) && code[2].operation == Operation::small_progress &&
         (shape == 2 || (shape_of(code[3].operation) != nullptr && code[3].a == 2)) &&
         code.back() == Instruction{Operation::ramp, 0, 1, 2, shape};
}

Piece ramp_piece(Body code, const Integer* integers, const double* reals, double scale) {
  const double a = reals[code[0].a];
  const double b = reals[code[1].a];
  const Integer* progress = integers + code[2].a;
  return {.form = Piece::Form::ramp,
          .scale = scale,
          .factor = word(progress[0]),
          .addend = word(progress[1]),
          .length = static_cast<double>(word(progress[2])),
          .shape = shape_of(code[3].operation),
          .from = a + 0.0,
          .to = b + 0.0,
          .difference = b - a,
          .low = std::min(a, b),
          .high = std::max(a, b)};
}

Piece piece_of(const Program& program, const Segment& segment) {
  Body code = program.codes[segment.code];
  const Integer* integers = program.integers.data() + segment.first_integer;
  const double* reals = program.reals.data() + segment.first_real;
  if (is_constant(code))
    return {.form = Piece::Form::constant, .from = evaluate(program, segment, 0, nullptr)};
  double scale = 1;  // changes no bit
  if (ends_in_scale(code)) {
    scale = reals[code[code.size() - 2].a];
    code = code.first(code.size() - 2);
  }
  if (is_ramp(code)) return ramp_piece(code, integers, reals, scale);
  if (code.size() == 1 && code[0].operation == Operation::curve)
    return {.form = Piece::Form::curve, .curve = code[0].a, .scale = scale};
  return {};
}

// lrc1_ramp; what does not depend on the position was computed before.
inline double ramp(const Piece& piece, std::int64_t position) noexcept {
  const auto n = static_cast<double>(linear_word(position, piece.factor, piece.addend));
  if (n <= 0) return piece.from * piece.scale;
  if (n >= piece.length) return piece.to * piece.scale;
  const double u = n / piece.length;
  const double s = piece.shape == nullptr ? u : piece.shape(u);
  const double share = limited(s, 0.0, 1.0);
  const double between = piece.from + piece.difference * share;
  return (limited(between, piece.low, piece.high) + 0.0) * piece.scale;
}

}  // namespace

// One code on the constants of up to `width` segments, all at one position. Reads as the table in
// program.h does.
template <std::size_t width>
class Interpreter::Lanes {
 public:
  // `curves`: by instruction, the values of the curves at this position; null: not yet known.
  Lanes(const Interpreter& interpreter, std::span<const Segment> segments, Integer position,
        const double* factors, const double* curves = nullptr) noexcept
      : interpreter_(interpreter),
        program_(interpreter.program_),
        code_(program_.codes[segments.front().code]),
        segments_(segments),
        position_(position),
        factors_(factors),
        curves_(curves) {}

  // A value for each segment.
  const double* run() noexcept {
    for (std::size_t k = 0; k < code_.size(); ++k) execute(k);
    return registers_[code_.size() - 1];
  }

 private:
  void execute(std::size_t index) noexcept {
    const Instruction& i = code_[index];
    const auto each = [&](auto value) {
      const std::size_t count = width == 1 ? 1 : segments_.size();
      for (std::size_t k = 0; k < count; ++k) registers_[index][k] = value(k);
    };
    // Read only where the operation has such an operand: i.a may be an index instead.
    const auto x = [&](std::size_t k) { return registers_[i.a][k]; };
    const auto y = [&](std::size_t k) { return registers_[i.b][k]; };
    const auto z = [&](std::size_t k) { return registers_[i.c][k]; };
    const auto w = [&](std::size_t k) { return registers_[i.d][k]; };
    using Lane = std::size_t;
    switch (i.operation) {
      case Operation::real: return each([&](Lane k) { return reals(k)[i.a]; });
      case Operation::progress: return each([&](Lane k) { return progress(k, i.a); });
      case Operation::small_progress: return each([&](Lane k) { return small(k, i.a); });
      case Operation::ratio:
        return each([&](Lane k) { return quotient(linear(k, i.a), linear(k, i.a + 2)); });
      case Operation::floor_ratio: return each([&](Lane k) { return floor_ratio(k, i.a); });
      case Operation::passed: return each([&](Lane k) { return passed(k, i.a); });
      case Operation::curve: {
        const double value = curves_ != nullptr ? curves_[index] : curve(i.a, position_);
        return each([&](Lane) { return value; });
      }
      case Operation::cycle:
        return each([&](Lane k) { return curve(i.a, linear(k, i.b) % integers(k)[i.b + 2]); });
      case Operation::held: return each([&](Lane k) { return curve(i.a, held(k, i.b)); });
      case Operation::noise: return each([&](Lane k) { return noise(k, i.a); });
      case Operation::factor: {
        const double value = factors_ == nullptr ? 1.0 : factors_[i.a];
        return each([&](Lane) { return value; });
      }
      case Operation::add: return each([&](Lane k) { return x(k) + y(k); });
      case Operation::subtract: return each([&](Lane k) { return x(k) - y(k); });
      case Operation::multiply: return each([&](Lane k) { return x(k) * y(k); });
      case Operation::divide: return each([&](Lane k) { return x(k) / y(k); });
      case Operation::square_root: return each([&](Lane k) { return std::sqrt(x(k)); });
      case Operation::power: return each([&](Lane k) { return lrc1_pow(x(k), y(k)); });
      case Operation::havpi: return each([&](Lane k) { return lrc1_havpi(x(k)); });
      case Operation::sinpi: return each([&](Lane k) { return lrc1_sinpi(x(k)); });
      case Operation::cospi: return each([&](Lane k) { return lrc1_cospi(x(k)); });
      case Operation::exp2: return each([&](Lane k) { return lrc1_exp2(x(k)); });
      case Operation::log2: return each([&](Lane k) { return lrc1_log2(x(k)); });
      case Operation::tanh: return each([&](Lane k) { return lrc1_tanh(x(k)); });
      case Operation::minimum: return each([&](Lane k) { return x(k) < y(k) ? x(k) : y(k); });
      case Operation::maximum: return each([&](Lane k) { return x(k) > y(k) ? x(k) : y(k); });
      case Operation::ramp: return each([&](Lane k) { return lrc1_ramp(x(k), y(k), z(k), w(k)); });
      case Operation::geometric:
        return each([&](Lane k) { return lrc1_geometric(x(k), y(k), z(k)); });
    }
    __builtin_unreachable();
  }

  const Integer* integers(std::size_t lane) const noexcept {
    return program_.integers.data() + segments_[lane].first_integer;
  }

  const double* reals(std::size_t lane) const noexcept {
    return program_.reals.data() + segments_[lane].first_real;
  }

  double curve(std::uint32_t index, Integer position) const noexcept {
    return within_word(position)
               ? interpreter_.curve_value(index, static_cast<std::int64_t>(position), factors_)
               : interpreter_.wide_curve_value(index, position, factors_);
  }

  // position*I(k) + I(k + 1)
  Integer linear(std::size_t lane, std::uint32_t k) const noexcept {
    return position_ * integers(lane)[k] + integers(lane)[k + 1];
  }

  static double quotient(Integer numerator, Integer denominator) noexcept {
    return lrc1_quotient(static_cast<lrc1_wide>(numerator), static_cast<lrc1_wide>(denominator));
  }

  double progress(std::size_t lane, std::uint32_t k) const noexcept {
    const Integer numerator = linear(lane, k);
    const Integer denominator = integers(lane)[k + 2];
    if (numerator <= 0) return 0.0;
    if (numerator >= denominator) return 1.0;
    return quotient(numerator, denominator);
  }

  double small(std::size_t lane, std::uint32_t k) const noexcept {
    const Integer* at = integers(lane) + k;
    return small_progress(linear_word(word(position_), word(at[0]), word(at[1])), word(at[2]));
  }

  Integer held(std::size_t lane, std::uint32_t k) const noexcept {
    const Integer place = linear(lane, k);
    return place <= 0 ? 0 : place / integers(lane)[k + 2] * integers(lane)[k + 3];
  }

  double noise(std::size_t lane, std::uint32_t k) const noexcept {
    return lrc1_noise(static_cast<unsigned long long>(integers(lane)[k]),
                      static_cast<unsigned long long>(position_ / integers(lane)[k + 1]));
  }

  double floor_ratio(std::size_t lane, std::uint32_t k) const noexcept {
    const Integer whole = linear(lane, k) / integers(lane)[k + 2];
    return static_cast<double>(whole);
  }

  double passed(std::size_t lane, std::uint32_t k) const noexcept {
    const Integer* first = integers(lane) + k + 1;
    const Integer* last = first + static_cast<std::ptrdiff_t>(integers(lane)[k]);
    return static_cast<double>(std::upper_bound(first, last, position_) - first);
  }

  const Interpreter& interpreter_;
  const Program& program_;
  const Code& code_;
  std::span<const Segment> segments_;
  Integer position_;
  const double* factors_;
  const double* curves_;
  double registers_[maximum_registers][width];
};

Interpreter::Interpreter(Program program) : program_(std::move(program)) {
  const ArithmeticEnvironment environment;
  add_pieces();
  add_curves();
  add_families();
}

// Not inlined into the constructor: it computes.
[[gnu::noinline]] void Interpreter::add_pieces() {
  segments_.reserve(program_.segments.size());
  for (const Segment& segment : program_.segments) segments_.push_back(piece_of(program_, segment));
  slots_.reserve(program_.slots.size());
  for (const Slot& slot : program_.slots) slots_.push_back(piece_of(program_, slot.value));
}

// Where positions are words, a threshold below them is always passed, and one above them never.
void Interpreter::add_curves() {
  thresholds_.reserve(program_.thresholds.size());
  for (const Integer threshold : program_.thresholds)
    thresholds_.push_back(word(std::clamp<Integer>(threshold, Word::min(), Word::max())));
  curves_ = program_.curves;
  for (Curve& curve : curves_) {
    const Integer* first = program_.thresholds.data() + curve.first_threshold;
    while (curve.segments > 1 && first[curve.segments - 2] > Word::max()) --curve.segments;
  }
}

void Interpreter::add_families() {
  slots_by_code_.resize(program_.slots.size());
  std::iota(slots_by_code_.begin(), slots_by_code_.end(), 0);
  const auto code = [&](std::uint32_t slot) { return program_.slots[slot].value.code; };
  std::sort(slots_by_code_.begin(), slots_by_code_.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::pair(code(a), a) < std::pair(code(b), b);
  });
  for (const std::uint32_t slot : slots_by_code_) {
    if (by_code_.empty() || code(slot) != by_code_.back().code)
      families_.push_back({by_code_.size(), 0});
    by_code_.push_back(program_.slots[slot].value);
    scales_.push_back(slots_[slot].scale);
    ++families_.back().slots;
  }
}

double Interpreter::piece_value(const Piece& piece, const Segment& segment, std::int64_t position,
                                const double* factors) const noexcept {
  switch (piece.form) {
    case Piece::Form::constant: return piece.from;
    case Piece::Form::curve: return curve_value(piece.curve, position, factors) * piece.scale;
    case Piece::Form::ramp: return ramp(piece, position);
    case Piece::Form::code: break;
  }
  return code_value(segment, position, factors);
}

// Apart from the forms, which need no stack.
[[gnu::noinline]] double Interpreter::code_value(const Segment& segment, Integer position,
                                                 const double* factors) const noexcept {
  return *Lanes<1>(*this, {&segment, 1}, position, factors).run();
}

double Interpreter::curve_value(std::uint32_t index, std::int64_t position,
                                const double* factors) const noexcept {
  const Curve& curve = curves_[index];
  const std::size_t k =
      curve.first_segment +
      count_passed(thresholds_.data() + curve.first_threshold, curve.segments - 1, position);
  return piece_value(segments_[k], program_.segments[k], position, factors);
}

double Interpreter::wide_curve_value(std::uint32_t index, Integer position,
                                     const double* factors) const noexcept {
  const Curve& curve = program_.curves[index];
  const Integer* first = program_.thresholds.data() + curve.first_threshold;
  const Integer* last = first + (curve.segments - 1);
  const auto passed = static_cast<std::size_t>(std::upper_bound(first, last, position) - first);
  return code_value(program_.segments[curve.first_segment + passed], position, factors);
}

double Interpreter::value(std::size_t slot, std::int64_t step,
                          const double* factors) const noexcept {
  return piece_value(slots_[slot], program_.slots[slot].value, step, factors);
}

void Interpreter::values(std::int64_t step, double* values, const double* factors) const noexcept {
  for (const Family& family : families_) {
    const std::uint32_t slot = slots_by_code_[family.first];
    if (family.slots == 1)
      values[slot] = value(slot, step, factors);
    else if (slots_[slot].form == Piece::Form::curve)
      scaled_values(family, curve_value(slots_[slot].curve, step, factors), values);
    else
      family_values(family, step, values, factors);
  }
}

void Interpreter::scaled_values(const Family& family, double value, double* values) const noexcept {
  const std::uint32_t* slots = slots_by_code_.data() + family.first;
  const double* scales = scales_.data() + family.first;
  for (std::size_t k = 0; k < family.slots; ++k) values[slots[k]] = value * scales[k];
}

void Interpreter::family_values(const Family& family, std::int64_t step, double* values,
                                const double* factors) const noexcept {
  constexpr std::size_t width = 16;
  const auto segments = std::span(by_code_).subspan(family.first, family.slots);
  const Code& code = program_.codes[segments.front().code];
  double curves[maximum_registers];
  for (std::size_t k = 0; k < code.size(); ++k) {
    if (code[k].operation == Operation::curve) curves[k] = curve_value(code[k].a, step, factors);
  }
  const std::uint32_t* slot = slots_by_code_.data() + family.first;
  for (std::size_t begin = 0; begin < segments.size(); begin += width) {
    const auto part = segments.subspan(begin, std::min(width, segments.size() - begin));
    Lanes<width> lanes(*this, part, step, factors, curves);
    const double* result = lanes.run();
    for (std::size_t k = 0; k < part.size(); ++k) values[*slot++] = result[k];
  }
}

}  // namespace lrc::runtime
