#include "compiler/backends/llvm/kernel_lowering.h"

#include <llvm/IR/CallingConv.h>
#include <llvm/IR/IntrinsicsNVPTX.h>

namespace lrc::backends::llvm {
namespace {

// blockIdx.x*blockDim.x + threadIdx.x
Value* thread_index(IRBuilder<>& builder) {
  const auto read = [&](::llvm::Intrinsic::ID special_register) {
    return builder.CreateZExt(builder.CreateIntrinsic(special_register, {}, {}),
                              builder.getInt64Ty());
  };
  Value* block = builder.CreateMul(read(::llvm::Intrinsic::nvvm_read_ptx_sreg_ctaid_x),
                                   read(::llvm::Intrinsic::nvvm_read_ptx_sreg_ntid_x));
  return builder.CreateAdd(block, read(::llvm::Intrinsic::nvvm_read_ptx_sreg_tid_x));
}

}  // namespace

void lower_kernel(Emission& emission, Function* values_of, const std::string& name) {
  LLVMContext& context = emission.context();
  Type* pointer = ::llvm::PointerType::get(context, 0);
  Function* kernel = emission.define(
      Type::getVoidTy(context), {pointer, Type::getInt64Ty(context), pointer, pointer}, name, true);
  kernel->setCallingConv(::llvm::CallingConv::PTX_Kernel);
  IRBuilder<> builder(&kernel->getEntryBlock());
  Value* index = thread_index(builder);
  BasicBlock* work = BasicBlock::Create(context, "", kernel);
  BasicBlock* done = BasicBlock::Create(context, "", kernel);
  builder.CreateCondBr(builder.CreateICmpSLT(index, kernel->getArg(1)), work, done);
  builder.SetInsertPoint(work);
  Type* word = builder.getInt64Ty();
  Value* step = builder.CreateLoad(word, builder.CreateInBoundsGEP(word, kernel->getArg(0), index));
  Value* first = builder.CreateMul(index, builder.getInt64(emission.program().slots.size()));
  Value* place = builder.CreateInBoundsGEP(builder.getDoubleTy(), kernel->getArg(2), first);
  builder.CreateCall(values_of, {step, place, kernel->getArg(3)});
  builder.CreateBr(done);
  builder.SetInsertPoint(done);
  builder.CreateRetVoid();
}

}  // namespace lrc::backends::llvm
