#pragma once
// The interpreter of bound programs: the oracle that every other backend must equal bit for bit.

#include "runtime/host/program.h"

namespace lrc::runtime {

// The value of program.slots[slot] that update `step` uses (0 <= step). `factors` are what the
// rules make of each reaction; null: rules at rest. Never allocates, never throws, keeps no state:
// any number of threads may evaluate one program. The caller's rounding and flushing modes do not
// matter and are left as they are.
[[nodiscard]] double evaluate(const Program& program, std::size_t slot, std::int64_t step,
                              const double* factors = nullptr) noexcept;
// The same of a value that is no slot.
[[nodiscard]] double evaluate(const Program& program, const Segment& value, std::int64_t step,
                              const double* factors) noexcept;

// The value of one curve at one of its positions, which need not be an update.
[[nodiscard]] double evaluate_curve(const Program& program, std::uint32_t curve,
                                    Integer position) noexcept;

// The value of an operation on registers, add and all behind it, for whoever folds constants.
// `y`, `z`, `w` are unused where the operation has fewer operands.
[[nodiscard]] double apply(Operation operation, double x, double y, double z = 0,
                           double w = 0) noexcept;

}  // namespace lrc::runtime
