#pragma once
// Hand-made bound programs with rules, for tests.

#include <utility>

#include "runtime/host/program.h"

namespace lrc::runtime {

// The output lr, 1 at every update, times what one rule makes of one reaction: as a compiler would
// make it of `lr = hold 1` and that rule. A rule without metrics observes `loss`.
inline Program ruled_program(Rule rule, Reaction reaction = {{}, 0.5}) {
  Program program;
  program.outputs = {"lr"};
  program.group_sets = {{}};
  program.codes = {{{Operation::real, 0}, {Operation::factor, 0}, {Operation::multiply, 0, 1}}};
  program.reals = {1.0};
  program.slots = {{0, 0, {0, 0, 0}}};
  program.metrics = {"loss", "accuracy"};
  if (rule.metrics.empty()) rule.metrics = {0};
  rule.reactions = 1;
  program.rules = {std::move(rule)};
  program.reactions = {reaction};
  return program;
}

}  // namespace lrc::runtime
