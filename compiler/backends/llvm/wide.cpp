#include "compiler/backends/llvm/wide.h"

#include "compiler/backends/llvm/search.h"

namespace lrc::backends::llvm {
namespace {

bool is_word(const Value* value) { return value->getType()->getIntegerBitWidth() <= 64; }

std::vector<Value*> halves(IRBuilder<>& builder, Value* first, Value* second = nullptr) {
  std::vector<Value*> arguments;
  append_halves(builder, arguments, first);
  if (second != nullptr) append_halves(builder, arguments, second);
  return arguments;
}

// A function that writes its result through a pointer, the lower half first.
Value* call_wide(Emission& emission, IRBuilder<>& builder, const char* name, Value* value,
                 Value* divisor) {
  BasicBlock& entry = builder.GetInsertBlock()->getParent()->getEntryBlock();
  Type* word = builder.getInt64Ty();
  auto* result = IRBuilder<>(&entry, entry.begin()).CreateAlloca(::llvm::ArrayType::get(word, 2));
  std::vector<Value*> arguments = halves(builder, value, divisor);
  arguments.push_back(result);
  builder.CreateCall(emission.library_function(builder.getVoidTy(),
                                               {word, word, word, word, builder.getPtrTy()}, name),
                     arguments);
  Type* wide = builder.getIntNTy(128);
  const auto half = [&](unsigned index) {
    Value* place = builder.CreateConstInBoundsGEP1_64(word, result, index);
    return builder.CreateZExt(builder.CreateLoad(word, place), wide);
  };
  return builder.CreateOr(half(0), builder.CreateShl(half(1), 64));
}

}  // namespace

Value* quotient(Emission& emission, IRBuilder<>& builder, Value* value, Value* divisor) {
  if (is_word(value)) return builder.CreateUDiv(value, divisor);
  return call_wide(emission, builder, "lrc1_divide_halves", value, divisor);
}

Value* remainder(Emission& emission, IRBuilder<>& builder, Value* value, Value* divisor) {
  if (is_word(value)) return builder.CreateURem(value, divisor);
  return call_wide(emission, builder, "lrc1_remainder_halves", value, divisor);
}

Value* nearest_real(Emission& emission, IRBuilder<>& builder, Value* value) {
  Type* word = builder.getInt64Ty();
  return builder.CreateCall(
      emission.library_function(builder.getDoubleTy(), {word, word}, "lrc1_nearest_halves"),
      halves(builder, value));
}

}  // namespace lrc::backends::llvm
