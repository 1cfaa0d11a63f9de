#include "compiler/backends/llvm/kernel_lowering.h"

#include <llvm/IR/CallingConv.h>
#include <llvm/IR/IntrinsicsNVPTX.h>
#include <llvm/TargetParser/Triple.h>

namespace lrc::backends::llvm {
namespace {

namespace Intrinsic = ::llvm::Intrinsic;

// blockIdx.x*blockDim.x + threadIdx.x
Value* thread_index(IRBuilder<>& builder) {
  const auto read = [&](Intrinsic::ID special_register) {
    return builder.CreateZExt(builder.CreateIntrinsic(special_register, {}, {}),
                              builder.getInt64Ty());
  };
  Value* block = builder.CreateMul(read(Intrinsic::nvvm_read_ptx_sreg_ctaid_x),
                                   read(Intrinsic::nvvm_read_ptx_sreg_ntid_x));
  return builder.CreateAdd(block, read(Intrinsic::nvvm_read_ptx_sreg_tid_x));
}

// A function that the library calls and that calls `target`.
void define_door(Emission& emission, Function* target, const char* name) {
  std::vector<Type*> parameters(target->getFunctionType()->params());
  Function* door = emission.define_for_library(target->getReturnType(), parameters, name);
  std::vector<Value*> arguments;
  for (auto& argument : door->args()) arguments.push_back(&argument);
  IRBuilder<> builder(&door->getEntryBlock());
  builder.CreateRet(builder.CreateCall(target, arguments));
}

// One that does what the instruction does on a GPU. A single thread meets nobody and needs no
// order.
void define_instruction(Emission& emission, Intrinsic::ID instruction, const char* name) {
  Function* door = emission.define_for_library(Type::getVoidTy(emission.context()), {}, name);
  IRBuilder<> builder(&door->getEntryBlock());
  if (runs_on_gpu(emission.module())) {
    door->setConvergent();
    builder.CreateIntrinsic(instruction, {}, {});
  }
  builder.CreateRetVoid();
}

// Threads of one block meet at bar.sync 0, behind which each sees what the others wrote. Events are
// read while the kernel runs, by a copy that the host started and that is no thread of the GPU:
// membar.gl would order them for the GPU's threads alone, membar.sys does for everybody.
void define_what_update_calls(Emission& emission, Function* eval, Function* reaction) {
  define_door(emission, eval, "lrc_device_value");
  define_door(emission, reaction, "lrc_device_reaction");
  define_instruction(emission, Intrinsic::nvvm_barrier0, "lrc_device_meet");
  define_instruction(emission, Intrinsic::nvvm_membar_sys, "lrc_device_publish");
}

}  // namespace

bool runs_on_gpu(const Module& module) {
  return ::llvm::Triple(module.getTargetTriple()).isNVPTX();
}

void lower_update(Emission& emission, Function* eval, Function* reaction, const std::string& name) {
  define_what_update_calls(emission, eval, reaction);
  LLVMContext& context = emission.context();
  Type* pointer = ::llvm::PointerType::get(context, 0);
  Type* number = Type::getInt32Ty(context);
  Function* kernel = emission.define(Type::getVoidTy(context), {pointer, number}, name, true);
  IRBuilder<> builder(&kernel->getEntryBlock());
  Value* thread = builder.getInt32(0);
  Value* threads = builder.getInt32(1);
  if (runs_on_gpu(emission.module())) {
    kernel->setCallingConv(::llvm::CallingConv::PTX_Kernel);
    thread = builder.CreateIntrinsic(Intrinsic::nvvm_read_ptx_sreg_tid_x, {}, {});
    threads = builder.CreateIntrinsic(Intrinsic::nvvm_read_ptx_sreg_ntid_x, {}, {});
  }
  const bool observes = !emission.program().metrics.empty();
  Function* update =
      emission.library_function(Type::getVoidTy(context), {pointer, number, number, number},
                                observes ? "lrc_device_update" : "lrc_device_update_without_rules");
  builder.CreateCall(update, {kernel->getArg(0), kernel->getArg(1), thread, threads});
  builder.CreateRetVoid();
}

void lower_table(Emission& emission, Function* values_of, const std::string& name) {
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
