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

TEST(Constant, WhatARuleMayMoveIsNone) { EXPECT_FALSE(is_constant(ruled_program({}), 0)); }

}  // namespace
}  // namespace lrc::runtime
