#pragma once
// What the operands of an operation are, as the table of runtime/host/program.h says.

#include <cstddef>
#include <cstdint>

#include "runtime/host/program.h"

namespace lrc::runtime {

inline constexpr std::uint8_t operation_count = static_cast<std::uint8_t>(Operation::geometric) + 1;

struct Operands {
  std::size_t count = 0;      // how many of a, b, c, d there are
  std::size_t registers = 0;  // how many of them, from the first, are registers
  std::size_t reals = 0;      // constants from the first operand on
  std::size_t integers = 0;   // constants from the last operand on
};

constexpr Operands operands_of(Operation operation) {
  switch (operation) {
    case Operation::real: return {1, 0, 1, 0};
    case Operation::progress:
    case Operation::small_progress:
    case Operation::floor_ratio: return {1, 0, 0, 3};
    case Operation::ratio: return {1, 0, 0, 4};
    case Operation::passed: return {1, 0, 0, 1};
    case Operation::noise: return {1, 0, 0, 2};
    case Operation::curve:
    case Operation::factor: return {1, 0, 0, 0};
    case Operation::cycle: return {2, 0, 0, 3};
    case Operation::held: return {2, 0, 0, 4};
    case Operation::square_root:
    case Operation::havpi:
    case Operation::sinpi:
    case Operation::cospi:
    case Operation::exp2:
    case Operation::log2:
    case Operation::tanh: return {1, 1, 0, 0};
    case Operation::ramp: return {4, 4, 0, 0};
    case Operation::geometric: return {3, 3, 0, 0};
    case Operation::add:
    case Operation::subtract:
    case Operation::multiply:
    case Operation::divide:
    case Operation::power:
    case Operation::minimum:
    case Operation::maximum: return {2, 2, 0, 0};
  }
  __builtin_unreachable();
}

}  // namespace lrc::runtime
