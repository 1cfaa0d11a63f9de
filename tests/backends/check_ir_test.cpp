// What must not reach code generation is refused: each case is planted in a module and found.

#include "compiler/backends/llvm/check_ir.h"

#include <gtest/gtest.h>

#include <llvm/IR/Intrinsics.h>

#include <functional>

namespace lrc::backends::llvm {
namespace {

namespace Intrinsic = ::llvm::Intrinsic;
using Plant = std::function<Value*(IRBuilder<>& builder, Value* x)>;

// double f(double x) with what `plant` makes of x.
tl::expected<void, std::string> check_with(const Plant& plant) {
  LLVMContext context;
  Module module("planted", context);
  Type* real = Type::getDoubleTy(context);
  auto* function = Function::Create(::llvm::FunctionType::get(real, {real}, false),
                                    ::llvm::GlobalValue::ExternalLinkage, "f", module);
  IRBuilder<> builder(BasicBlock::Create(context, "", function));
  builder.CreateRet(plant(builder, function->getArg(0)));
  return check_ir(module);
}

void expect_refused(const Plant& plant, const std::string& reason) {
  const auto checked = check_with(plant);
  ASSERT_FALSE(checked) << "not refused: " << reason;
  EXPECT_NE(checked.error().find(reason), std::string::npos) << checked.error();
}

Plant intrinsic(Intrinsic::ID id) {
  return [id](IRBuilder<>& builder, Value* x) { return builder.CreateUnaryIntrinsic(id, x); };
}

TEST(CheckIr, AcceptsExactOperations) {
  EXPECT_TRUE(check_with([](IRBuilder<>& builder, Value* x) {
    Value* sum = builder.CreateFAdd(builder.CreateFMul(x, x), x);
    return builder.CreateUnaryIntrinsic(Intrinsic::sqrt, builder.CreateFDiv(sum, x));
  }));
}

TEST(CheckIr, RefusesFusedOperations) {
  for (const auto id : {Intrinsic::fma, Intrinsic::fmuladd}) {
    expect_refused(
        [id](IRBuilder<>& builder, Value* x) {
          return builder.CreateIntrinsic(id, {x->getType()}, {x, x, x});
        },
        "bits are not defined");
  }
}

TEST(CheckIr, RefusesApproximateIntrinsics) {
  for (const auto id : {Intrinsic::sin, Intrinsic::cos, Intrinsic::exp, Intrinsic::exp2,
                        Intrinsic::log, Intrinsic::log2}) {
    expect_refused(intrinsic(id), "bits are not defined");
  }
  expect_refused([](IRBuilder<>& builder,
                    Value* x) { return builder.CreateBinaryIntrinsic(Intrinsic::pow, x, x); },
                 "bits are not defined");
}

TEST(CheckIr, RefusesFastMathFlags) {
  const auto planted = [](void (::llvm::FastMathFlags::*set)(bool)) {
    return [set](IRBuilder<>& builder, Value* x) {
      ::llvm::FastMathFlags flags;
      (flags.*set)(true);
      builder.setFastMathFlags(flags);
      return builder.CreateFAdd(builder.CreateFMul(x, x), x);
    };
  };
  expect_refused(planted(&::llvm::FastMathFlags::setAllowContract), "a fast-math flag");
  expect_refused(planted(&::llvm::FastMathFlags::setAllowReassoc), "a fast-math flag");
  expect_refused(planted(&::llvm::FastMathFlags::setNoNaNs), "a fast-math flag");
}

TEST(CheckIr, RefusesCallsThatLeaveTheModule) {
  expect_refused(
      [](IRBuilder<>& builder, Value* x) {
        Module* module = builder.GetInsertBlock()->getModule();
        return builder.CreateCall(module->getOrInsertFunction("cos", x->getType(), x->getType()),
                                  {x});
      },
      "a call that leaves the module");
}

}  // namespace
}  // namespace lrc::backends::llvm
