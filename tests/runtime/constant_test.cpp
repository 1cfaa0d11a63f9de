// Which values never move.

#include "runtime/host/constant.h"

#include <gtest/gtest.h>

#include "tests/runtime/ruled_program.h"
#include "tests/runtime/small_program.h"

namespace lrc::runtime {
namespace {

TEST(Constant, ARampMovesAndANumberDoesNot) {
  const Program program = small_program();
  EXPECT_FALSE(is_constant(program, program.slot(0, 0)));
  EXPECT_TRUE(is_constant(program, program.slot(1, 0)));
  EXPECT_TRUE(is_constant(program, program.slot(1, 1)));
}

TEST(Constant, PhasesThatStayAtOneValue) {
  Program program = small_program();
  program.segments = {{1, 0, 5}, {1, 0, 5}};
  EXPECT_TRUE(is_constant(program, program.slot(0, 0)));
  program.segments = {{1, 0, 5}, {1, 0, 6}};
  EXPECT_FALSE(is_constant(program, program.slot(0, 0))) << "0.1 and then 0";
}

TEST(Constant, FromWhereTheRampIsOver) {
  const Program program = small_program();
  EXPECT_FALSE(is_constant(program, program.slot(0, 0), 3)) << "the ramp's last update";
  EXPECT_TRUE(is_constant(program, program.slot(0, 0), 4));
}

TEST(Constant, ACycleComesBackAndWhatIsHeldDoesNot) {
  Program program = small_program();
  program.slots[0].value = {3, 3, 0};
  program.codes.push_back({{Operation::cycle, 0, 0}});
  program.integers = {1, 1, 4, 1, 0, 8, 4};
  EXPECT_FALSE(is_constant(program, 0, 4)) << "at 8 it is at 0 again";
  program.codes.back() = {{Operation::held, 0, 0}};
  EXPECT_FALSE(is_constant(program, 0, 7)) << "7 / 8 * 4 is 0";
  EXPECT_TRUE(is_constant(program, 0, 8)) << "8 / 8 * 4 is 4, where the ramp is over";
}

TEST(Constant, WhatARuleMayMoveIsNone) { EXPECT_FALSE(is_constant(ruled_program({}), 0)); }

}  // namespace
}  // namespace lrc::runtime
