#pragma once
// A hand-made bound program for tests: what a compiler would make of
// `warmup 4 steps linear then hold` with two groups of parameters.

#include "runtime/host/program.h"

namespace lrc::runtime {

// Outputs lr and weight_decay; the parameters outside groups (set 0) and in group `norms` (set 1).
// lr is peak * (1, 2, 3, 4)/4 and then peak, and half of that in `norms`; weight_decay is 0.1 and
// in `norms` 0.
inline Program small_program(double peak = 3e-4) {
  Program program;
  program.identity = {"small", 2, "lrc1:0123456789abcdef0123", "lrc1:fedcba9876543210fedc",
                      "run 8 steps\npeak 0x1.3a92a30553261p-12"};
  program.outputs = {"lr", "weight_decay"};
  program.groups = {{"norms", {"*norm*", "*.bias"}}};
  program.group_sets = {{}, {0}};

  const Code warmup = {{Operation::small_progress, 0}};  // (position + 1) / 4
  const Code hold = {{Operation::real, 0}};
  const Code factor_times_peak_times_curve = {{Operation::curve, 0},
                                              {Operation::real, 0},
                                              {Operation::multiply, 0, 1},
                                              {Operation::real, 1},
                                              {Operation::multiply, 2, 3}};
  program.codes = {warmup, hold, factor_times_peak_times_curve};
  program.integers = {1, 1, 4};
  program.reals = {1.0, peak, 1.0, peak, 0.5, 0.1, 0.0};
  program.segments = {{0, 0, 0}, {1, 0, 0}};
  program.thresholds = {4};
  program.curves = {{0, 2, 0}};
  program.slots = {{0, 0, {2, 0, 1}}, {1, 0, {1, 0, 5}}, {0, 1, {2, 0, 3}}, {1, 1, {1, 0, 6}}};
  return program;
}

}  // namespace lrc::runtime
