// Comparisons are removed only where their result is known, and never at the price of a zero's
// sign.

#include "compiler/backends/llvm/decide.h"

#include <gtest/gtest.h>

#include <llvm/IR/Instructions.h>

#include <algorithm>
#include <functional>

namespace lrc::backends::llvm {
namespace {

using Body = std::function<Value*(IRBuilder<>& builder, Value* x)>;

Constant* number(IRBuilder<>& builder, double value) {
  return ::llvm::ConstantFP::get(builder.getDoubleTy(), value);
}

// How many selects are left in f(x) = body(x) with a note that x is in the range.
int selects_left(const RealRange& range, const Body& body) {
  LLVMContext context;
  Module module("decided", context);
  Type* real = Type::getDoubleTy(context);
  auto* function = Function::Create(::llvm::FunctionType::get(real, {real}, false),
                                    ::llvm::GlobalValue::ExternalLinkage, "f", module);
  IRBuilder<> builder(BasicBlock::Create(context, "", function));
  builder.CreateRet(body(builder, noted(builder, function->getArg(0), range)));
  decide_comparisons(module);
  int count = 0;
  for (const auto& instruction : function->getEntryBlock()) {
    const auto* select = ::llvm::dyn_cast<::llvm::SelectInst>(&instruction);
    const bool open = select != nullptr && !::llvm::isa<Constant>(select->getCondition());
    count += open ? 1 : 0;
  }
  EXPECT_EQ(module.getFunction("lrc_noted"), nullptr);
  return count;
}

Value* at_least(IRBuilder<>& builder, Value* x, double limit) {
  return builder.CreateSelect(builder.CreateFCmpOGT(x, number(builder, limit)), x,
                              number(builder, limit));
}

Value* at_most(IRBuilder<>& builder, Value* x, double limit) {
  return builder.CreateSelect(builder.CreateFCmpOLT(x, number(builder, limit)), x,
                              number(builder, limit));
}

Body limits(double low, double high) {
  return [low, high](IRBuilder<>& builder, Value* x) {
    return at_most(builder, at_least(builder, x, low), high);
  };
}

TEST(Decide, RemovesLimitsThatHold) {
  EXPECT_EQ(selects_left({0, 1}, limits(0, 1)), 0);
  EXPECT_EQ(selects_left({0.25, 0.5}, limits(0, 1)), 0);
}

TEST(Decide, KeepsLimitsThatMayBind) {
  EXPECT_EQ(selects_left({-0.1, 1}, limits(0, 1)), 1);
  EXPECT_EQ(selects_left({0, 1.1}, limits(0, 1)), 1);
  EXPECT_EQ(selects_left({-0.1, 1.1}, limits(0, 1)), 2);
}

TEST(Decide, FollowsRangesThroughOperations) {
  const auto ramp = [](double from, double to) {
    return [from, to](IRBuilder<>& builder, Value* share) {
      Value* part = builder.CreateFMul(share, number(builder, to - from));
      Value* value = builder.CreateFAdd(part, number(builder, from));
      return at_most(builder, at_least(builder, value, std::min(from, to)), std::max(from, to));
    };
  };
  EXPECT_EQ(selects_left({0, 1}, ramp(1, 0.01)), 0);
  // Where from + (to - from) is rounded to beyond `to`, the limit binds.
  int binding = 0;
  for (int k = 1; k < 100; ++k) {
    const double to = k / 100.0;
    const double end = 0.7 + (to - 0.7);
    const bool beyond = end < std::min(0.7, to) || end > std::max(0.7, to);
    EXPECT_EQ(selects_left({0, 1}, ramp(0.7, to)), beyond ? 1 : 0) << to;
    binding += beyond ? 1 : 0;
  }
  EXPECT_GT(binding, 0);
  EXPECT_LT(binding, 99);
}

TEST(Decide, KeepsWhatTurnsNegativeZero) {
  const auto falling = [](IRBuilder<>& builder, Value* x) {
    Value* negative = builder.CreateFMul(x, number(builder, -1));
    return at_most(builder, negative, 0);
  };
  EXPECT_EQ(selects_left({0, 1}, falling), 1);
  EXPECT_EQ(selects_left({0.5, 1}, falling), 0);
}

}  // namespace
}  // namespace lrc::backends::llvm
