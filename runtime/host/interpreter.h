#pragma once
// A bound program prepared for being evaluated again and again: what computes a run's values where
// nothing is compiled. The bits are those of evaluate.h, which is the definition.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/host/program.h"

namespace lrc::runtime {

// What a segment most often is, with its constants as the machine wants them. Most phases are
// constant or one ramp, times the peak; most slots are a curve.
struct Piece {
  enum class Form : std::uint8_t {
    constant,  // from
    ramp,      // the operation ramp at a small progress, times scale
    curve,     // the curve at the same position, times scale
    code,      // anything else: by the segment's code
  };
  Form form = Form::code;
  std::uint32_t curve = 0;
  double scale = 1;
  // The progress is (position*factor + addend)/length, limited.
  std::int64_t factor = 0, addend = 0;
  double length = 1;
  double (*shape)(double) = nullptr;  // null: the progress itself
  double from = 0, to = 0, difference = 0, low = 0, high = 0;
};

// Any number of threads may evaluate one interpreter. Evaluating never allocates, never throws, and
// computes in the floating-point environment it is called in, as a compiled function does.
class Interpreter {
 public:
  // Takes time and memory that are linear in the program's.
  explicit Interpreter(Program program);

  [[nodiscard]] const Program& program() const noexcept { return program_; }

  // The value of program().slots[slot] for update `step` (0 <= step); `factors` as of evaluate().
  [[nodiscard]] double value(std::size_t slot, std::int64_t step,
                             const double* factors = nullptr) const noexcept;

  // Of all slots, program().slots.size() of them. What slots of one code share is computed once.
  void values(std::int64_t step, double* values, const double* factors = nullptr) const noexcept;

 private:
  template <std::size_t width>
  class Lanes;

  // Slots that have one code: so many from `first` on, in slots_by_code_ and by_code_.
  struct Family {
    std::size_t first;
    std::size_t slots;
  };

  void add_pieces();
  void add_curves();
  void add_families();
  void scaled_values(const Family& family, double value, double* values) const noexcept;
  void family_values(const Family& family, std::int64_t step, double* values,
                     const double* factors) const noexcept;
  double piece_value(const Piece& piece, const Segment& segment, std::int64_t position,
                     const double* factors) const noexcept;
  double code_value(const Segment& segment, Integer position, const double* factors) const noexcept;
  double curve_value(std::uint32_t index, std::int64_t position,
                     const double* factors) const noexcept;
  double wide_curve_value(std::uint32_t index, Integer position,
                          const double* factors) const noexcept;

  Program program_;
  std::vector<Piece> segments_;           // of program().segments
  std::vector<Piece> slots_;              // of program().slots
  std::vector<std::int64_t> thresholds_;  // of program(), limited to 64 bits
  std::vector<Curve> curves_;             // of program(), without what is beyond 64 bits
  std::vector<std::uint32_t> slots_by_code_;
  std::vector<Segment> by_code_;  // their values
  std::vector<double> scales_;    // what curves are multiplied by in them
  std::vector<Family> families_;
};

}  // namespace lrc::runtime
