// Loops become vectors, and what is in them is checked like any other code.

#include "compiler/backends/llvm/vectorise.h"

#include <gtest/gtest.h>

#include <llvm/IR/InstIterator.h>
#include <llvm/Target/TargetMachine.h>

#include "compiler/backends/llvm/module.h"
#include "compiler/backends/llvm/stretch_lowering.h"

namespace lrc::backends::llvm {
namespace {

using runtime::Operation;
using runtime::Program;

// A cosine over 1000 updates.
Program cosine() {
  Program program;
  program.codes = {{{Operation::real, 0},
                    {Operation::real, 1},
                    {Operation::small_progress, 0},
                    {Operation::havpi, 2},
                    {Operation::ramp, 0, 1, 2, 3}}};
  program.integers = {1, 0, 1000};
  program.reals = {1.0, 0.1};
  program.outputs = {"lr"};
  program.group_sets = {{}};
  program.slots = {{0, 0, {0, 0, 0}}};
  return program;
}

int vector_divisions(const Function& function) {
  int count = 0;
  for (const auto& instruction : ::llvm::instructions(function)) {
    const bool divides = instruction.getOpcode() == ::llvm::Instruction::FDiv;
    count += divides && instruction.getType()->isVectorTy() ? 1 : 0;
  }
  return count;
}

int divisions_in_a_cosine(const Target& target, Level level) {
  const auto machine = machine_for(target, level);
  EXPECT_TRUE(machine) << machine.error();
  LLVMContext context;
  const auto module = new_module(context, target, (*machine)->createDataLayout());
  const Program program = cosine();
  lower_stretch(*module, program, program.slots[0], "curve");
  EXPECT_TRUE(has_marked(*module));
  const auto completed = complete(*module, target, level);
  EXPECT_TRUE(completed) << completed.error();
  return vector_divisions(*module->getFunction("curve"));
}

TEST(Vectorise, EveryPartOfACosineBecomesVectors) {
  initialise_x86_64();
  for (const char* name : {"x86-64", "x86-64-v3", "x86-64-v4"}) {
    const Target& target = *find_target(name);
    EXPECT_EQ(divisions_in_a_cosine(target, Level::quick), 0) << name;
    // The rising and the falling half; the positions before and behind them have no division.
    EXPECT_GE(divisions_in_a_cosine(target, Level::optimised), 2) << name;
  }
}

// values[0..count) = fma(values, values, values): a loop that no lowering makes.
TEST(Vectorise, WhatIsFusedIsRefused) {
  initialise_x86_64();
  const Target& target = *find_target("x86-64-v4");
  const auto machine = machine_for(target, Level::optimised);
  ASSERT_TRUE(machine) << machine.error();
  LLVMContext context;
  const auto module = new_module(context, target, (*machine)->createDataLayout());
  IRBuilder<> builder(context);
  Type* real = builder.getDoubleTy();
  auto* function =
      Function::Create(::llvm::FunctionType::get(builder.getVoidTy(),
                                                 {builder.getInt64Ty(), builder.getPtrTy()}, false),
                       ::llvm::GlobalValue::ExternalLinkage, "planted", *module);
  mark_for_vectors(*function);
  BasicBlock* entry = BasicBlock::Create(context, "", function);
  BasicBlock* body = BasicBlock::Create(context, "", function);
  BasicBlock* end = BasicBlock::Create(context, "", function);
  builder.SetInsertPoint(entry);
  builder.CreateBr(body);
  builder.SetInsertPoint(body);
  auto* index = builder.CreatePHI(builder.getInt64Ty(), 2);
  Value* place = builder.CreateInBoundsGEP(real, function->getArg(1), index);
  Value* value = builder.CreateLoad(real, place);
  builder.CreateStore(
      builder.CreateIntrinsic(::llvm::Intrinsic::fma, {real}, {value, value, value}), place);
  Value* next = builder.CreateAdd(index, builder.getInt64(1));
  index->addIncoming(builder.getInt64(0), entry);
  index->addIncoming(next, body);
  builder.CreateCondBr(builder.CreateICmpEQ(next, function->getArg(0)), end, body);
  builder.SetInsertPoint(end);
  builder.CreateRetVoid();
  const auto vectorised = vectorise(*module, **machine);
  ASSERT_FALSE(vectorised);
  EXPECT_NE(vectorised.error().find("bits are not defined"), std::string::npos)
      << vectorised.error();
}

}  // namespace
}  // namespace lrc::backends::llvm
