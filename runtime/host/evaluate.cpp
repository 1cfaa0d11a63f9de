#include "runtime/host/evaluate.h"

#include <algorithm>
#include <cmath>

#include "runtime/arithmetic/arithmetic.h"
#include "runtime/arithmetic/environment.h"

namespace lrc::runtime {
namespace {

double curve_value(const Program& program, std::uint32_t index, Integer position,
                   const double* factors) noexcept;

// One code on one segment's constants at one position. Reads as the table in program.h does.
class Evaluation {
 public:
  Evaluation(const Program& program, const Segment& segment, Integer position,
             const double* factors) noexcept
      : program_(program),
        code_(program.codes[segment.code]),
        integers_(program.integers.data() + segment.first_integer),
        reals_(program.reals.data() + segment.first_real),
        factors_(factors),
        position_(position) {}

  double run() noexcept {
    for (std::size_t i = 0; i < code_.size(); ++i) registers_[i] = value(code_[i]);
    return registers_[code_.size() - 1];
  }

 private:
  double value(const Instruction& i) const noexcept {
    // Read only where the operation has such an operand: i.a may be an index instead.
    const auto x = [&] { return registers_[i.a]; };
    const auto y = [&] { return registers_[i.b]; };
    const auto z = [&] { return registers_[i.c]; };
    const auto w = [&] { return registers_[i.d]; };
    switch (i.operation) {
      case Operation::real: return reals_[i.a];
      case Operation::progress:
      case Operation::small_progress: return progress(i.a);
      case Operation::ratio: return quotient(linear(i.a), linear(i.a + 2));
      case Operation::floor_ratio: return floor_ratio(i.a);
      case Operation::passed: return passed(i.a);
      case Operation::curve: return curve_value(program_, i.a, position_, factors_);
      case Operation::cycle:
        return curve_value(program_, i.a, linear(i.b) % integers_[i.b + 2], factors_);
      case Operation::held: return curve_value(program_, i.a, held(i.b), factors_);
      case Operation::noise: return noise(i.a);
      case Operation::factor: return factors_ == nullptr ? 1.0 : factors_[i.a];
      case Operation::add: return x() + y();
      case Operation::subtract: return x() - y();
      case Operation::multiply: return x() * y();
      case Operation::divide: return x() / y();
      case Operation::square_root: return std::sqrt(x());
      case Operation::power: return lrc1_pow(x(), y());
      case Operation::havpi: return lrc1_havpi(x());
      case Operation::sinpi: return lrc1_sinpi(x());
      case Operation::cospi: return lrc1_cospi(x());
      case Operation::exp2: return lrc1_exp2(x());
      case Operation::log2: return lrc1_log2(x());
      case Operation::tanh: return lrc1_tanh(x());
      case Operation::minimum: return x() < y() ? x() : y();
      case Operation::maximum: return x() > y() ? x() : y();
      case Operation::ramp: return lrc1_ramp(x(), y(), z(), w());
      case Operation::geometric: return lrc1_geometric(x(), y(), z());
    }
    __builtin_unreachable();
  }

  // position*I(k) + I(k + 1)
  Integer linear(std::uint32_t k) const noexcept {
    return position_ * integers_[k] + integers_[k + 1];
  }

  static double quotient(Integer numerator, Integer denominator) noexcept {
    return lrc1_quotient(static_cast<lrc1_wide>(numerator), static_cast<lrc1_wide>(denominator));
  }

  double progress(std::uint32_t k) const noexcept {
    const Integer numerator = linear(k);
    const Integer denominator = integers_[k + 2];
    if (numerator <= 0) return 0.0;
    if (numerator >= denominator) return 1.0;
    return quotient(numerator, denominator);
  }

  Integer held(std::uint32_t k) const noexcept {
    const Integer place = linear(k);
    return place <= 0 ? 0 : place / integers_[k + 2] * integers_[k + 3];
  }

  double noise(std::uint32_t k) const noexcept {
    return lrc1_noise(static_cast<unsigned long long>(integers_[k]),
                      static_cast<unsigned long long>(position_ / integers_[k + 1]));
  }

  double floor_ratio(std::uint32_t k) const noexcept {
    const Integer whole = linear(k) / integers_[k + 2];
    return static_cast<double>(whole);
  }

  double passed(std::uint32_t k) const noexcept {
    const Integer* first = integers_ + k + 1;
    const Integer* last = first + static_cast<std::ptrdiff_t>(integers_[k]);
    return static_cast<double>(std::upper_bound(first, last, position_) - first);
  }

  const Program& program_;
  const Code& code_;
  const Integer* integers_;
  const double* reals_;
  const double* factors_;
  Integer position_;
  double registers_[maximum_registers];
};

double curve_value(const Program& program, std::uint32_t index, Integer position,
                   const double* factors) noexcept {
  const Curve& curve = program.curves[index];
  const Integer* first = program.thresholds.data() + curve.first_threshold;
  const Integer* last = first + (curve.segments - 1);
  const auto passed = static_cast<std::size_t>(std::upper_bound(first, last, position) - first);
  return Evaluation(program, program.segments[curve.first_segment + passed], position, factors)
      .run();
}

}  // namespace

namespace {

// A call that is not inlined: the compiler must not move arithmetic across a change of modes.
[[gnu::noinline]] double value_of(const Program& program, const Segment& value, std::int64_t step,
                                  const double* factors) noexcept {
  return Evaluation(program, value, step, factors).run();
}

}  // namespace

double evaluate(const Program& program, std::size_t slot, std::int64_t step,
                const double* factors) noexcept {
  const ArithmeticEnvironment environment;
  return value_of(program, program.slots[slot].value, step, factors);
}

double evaluate(const Program& program, const Segment& value, std::int64_t step,
                const double* factors) noexcept {
  const ArithmeticEnvironment environment;
  return value_of(program, value, step, factors);
}

double evaluate_curve(const Program& program, std::uint32_t curve, Integer position) noexcept {
  const ArithmeticEnvironment environment;
  return curve_value(program, curve, position, nullptr);
}

double apply(Operation operation, double x, double y, double z, double w) noexcept {
  switch (operation) {
    case Operation::add: return x + y;
    case Operation::subtract: return x - y;
    case Operation::multiply: return x * y;
    case Operation::divide: return x / y;
    case Operation::square_root: return std::sqrt(x);
    case Operation::power: return lrc1_pow(x, y);
    case Operation::havpi: return lrc1_havpi(x);
    case Operation::sinpi: return lrc1_sinpi(x);
    case Operation::cospi: return lrc1_cospi(x);
    case Operation::exp2: return lrc1_exp2(x);
    case Operation::log2: return lrc1_log2(x);
    case Operation::tanh: return lrc1_tanh(x);
    case Operation::minimum: return x < y ? x : y;
    case Operation::maximum: return x > y ? x : y;
    case Operation::ramp: return lrc1_ramp(x, y, z, w);
    case Operation::geometric: return lrc1_geometric(x, y, z);
    default: return std::nan("");
  }
}

}  // namespace lrc::runtime
