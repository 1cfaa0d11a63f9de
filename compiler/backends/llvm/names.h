#pragma once
// The names of LLVM's that this folder uses everywhere; inside lrc::backends::llvm the name `llvm`
// is this namespace. Never included by what others see.

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

namespace lrc::backends::llvm {

using ::llvm::BasicBlock;
using ::llvm::Constant;
using ::llvm::ConstantInt;
using ::llvm::Function;
using ::llvm::GlobalVariable;
using ::llvm::IRBuilder;
using ::llvm::LLVMContext;
using ::llvm::Module;
using ::llvm::Type;
using ::llvm::Value;

}  // namespace lrc::backends::llvm
