#pragma once
// Random bound programs, valid by construction, that together use every operation in every width.

#include <array>
#include <random>

#include "runtime/host/program.h"

namespace lrc::tests {

struct RandomShape {
  std::size_t most_segments = 6;
  std::size_t most_slots = 4;
  std::size_t depth = 3;  // of curves in curves
};

// What the rules make of the reactions that random programs have.
inline constexpr std::array<double, 4> some_factors = {1.0, 0.5, 0x1.999999999999ap-4, 0.0};

[[nodiscard]] runtime::Program random_program(std::mt19937_64& random, const RandomShape& shape);

// Where a program deserves a look: around its thresholds, around powers of two, and anywhere.
[[nodiscard]] std::vector<std::int64_t> telling_steps(std::mt19937_64& random,
                                                      const runtime::Program& program);

}  // namespace lrc::tests
