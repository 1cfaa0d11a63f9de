#include "compiler/backends/llvm/search.h"

namespace lrc::backends::llvm {

Value* resized(IRBuilder<>& builder, Value* value, unsigned width) {
  return builder.CreateSExtOrTrunc(value, builder.getIntNTy(width));
}

Value* entry(IRBuilder<>& builder, GlobalVariable* indices, Value* row, std::uint64_t column) {
  Type* type = builder.getInt32Ty();
  Value* index = builder.CreateAdd(row, builder.getInt64(column));
  Value* address = builder.CreateInBoundsGEP(type, indices, index);
  return builder.CreateZExt(builder.CreateLoad(type, address), builder.getInt64Ty());
}

void append_halves(IRBuilder<>& builder, std::vector<Value*>& arguments, Value* value) {
  Value* wide = resized(builder, value, 128);
  arguments.push_back(resized(builder, wide, 64));
  arguments.push_back(resized(builder, builder.CreateLShr(wide, 64), 64));
}

Value* search(Emission& emission, IRBuilder<>& builder, const Number& position, const Rows& rows) {
  std::vector<Value*> arguments = {rows.first, rows.count};
  if (rows.width == 64)
    arguments.push_back(position.value);
  else
    append_halves(builder, arguments, position.value);
  std::vector<Type*> types;
  for (const Value* argument : arguments) types.push_back(argument->getType());
  const char* name = rows.width == 64 ? "lrc_passed" : "lrc_passed_halves";
  return builder.CreateCall(emission.library_function(builder.getInt64Ty(), types, name),
                            arguments);
}

Value* search(Emission& emission, IRBuilder<>& builder, const Number& position,
              std::span<const Integer> integers) {
  const unsigned width = width_for(position.range);
  Value* table = width == 64 ? emission.words(integers) : emission.wide_words(integers);
  return search(emission, builder, position, Rows{table, builder.getInt64(integers.size()), width});
}

}  // namespace lrc::backends::llvm
