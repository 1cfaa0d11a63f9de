#include "compiler/backends/llvm/emission.h"

#include <llvm/IR/Constants.h>

#include <algorithm>

#include "compiler/backends/llvm/library.h"

namespace lrc::backends::llvm {
namespace {

using ::llvm::ArrayRef;
using ::llvm::ConstantDataArray;
using ::llvm::FunctionType;
using ::llvm::GlobalValue;
using ::llvm::StringRef;

unsigned width_of_all(std::span<const Integer> values, const Reach& reach) {
  const bool words = std::all_of(values.begin(), values.end(),
                                 [](Integer value) { return fits_word({value, value}); });
  const bool places = std::all_of(reach.begin(), reach.end(), [](const auto& positions) {
    return !positions || fits_word(*positions);
  });
  return words && places ? 64 : 128;
}

bool any_factor(const runtime::Program& program) {
  return std::any_of(program.codes.begin(), program.codes.end(), [](const runtime::Code& code) {
    return std::any_of(code.begin(), code.end(), [](const runtime::Instruction& i) {
      return i.operation == runtime::Operation::factor;
    });
  });
}

template <typename Element>
Constant* array(LLVMContext& context, std::span<const Element> values) {
  return ConstantDataArray::get(context, ArrayRef<Element>(values.data(), values.size()));
}

}  // namespace

Emission::Emission(Module& module, const runtime::Program& program, const Reach& reach)
    : curves(program.curves.size()),
      module_(module),
      program_(program),
      reads_factors_(any_factor(program)),
      integer_width_(width_of_all(program.integers, reach)) {}

Function* Emission::define(Type* result, std::vector<Type*> parameters, std::string_view name,
                           bool exported) {
  auto* function =
      Function::Create(FunctionType::get(result, parameters, false),
                       exported ? GlobalValue::ExternalLinkage : GlobalValue::InternalLinkage,
                       StringRef(name), module_);
  function->setDoesNotThrow();
  BasicBlock::Create(context(), "", function);
  return function;
}

Function* Emission::define_curve(unsigned width) {
  std::vector<Type*> parameters = {Type::getIntNTy(context(), width)};
  if (reads_factors_) parameters.push_back(::llvm::PointerType::get(context(), 0));
  return define(Type::getDoubleTy(context()), std::move(parameters), "curve", false);
}

Value* Emission::call_curve(IRBuilder<>& builder, std::uint32_t index, Value* position,
                            Value* factors) {
  std::vector<Value*> arguments = {position};
  if (reads_factors_) arguments.push_back(factors);
  return builder.CreateCall(curves[index], arguments);
}

unsigned Emission::curve_width(std::uint32_t index) const {
  return curves[index]->getArg(0)->getType()->getIntegerBitWidth();
}

Function* Emission::library_function(Type* result, std::vector<Type*> parameters,
                                     std::string_view name) {
  const std::string text = library_name(name);
  if (Function* known = module_.getFunction(text)) return known;
  auto* function = Function::Create(FunctionType::get(result, parameters, false),
                                    GlobalValue::ExternalLinkage, text, module_);
  function->setDoesNotThrow();
  return function;
}

Function* Emission::define_for_library(Type* result, std::vector<Type*> parameters,
                                       std::string_view name) {
  return define(result, std::move(parameters), library_name(name), true);
}

GlobalVariable* Emission::factors_at_rest() {
  if (factors_at_rest_ == nullptr) {
    const std::vector<double> ones(program_.reactions.size(), 1.0);
    factors_at_rest_ = table(array(context(), std::span<const double>(ones)), 8);
  }
  return factors_at_rest_;
}

Value* Emission::factors(IRBuilder<>& builder, Value* given) {
  if (!reads_factors_) return nullptr;
  if (given == nullptr) return factors_at_rest();
  return builder.CreateSelect(builder.CreateIsNull(given), factors_at_rest(), given);
}

void Emission::export_text(std::string_view text, std::string_view name) {
  Constant* characters = ConstantDataArray::getString(context(), StringRef(text));
  new GlobalVariable(module_, characters->getType(), true, GlobalValue::ExternalLinkage, characters,
                     StringRef(name));
}

GlobalVariable* Emission::table(Constant* values, std::uint64_t alignment) {
  auto* variable = new GlobalVariable(module_, values->getType(), true,
                                      GlobalValue::InternalLinkage, values, "table");
  variable->setAlignment(::llvm::Align(alignment));
  return variable;
}

GlobalVariable* Emission::words(std::span<const Integer> values) {
  std::vector<std::uint64_t> narrow;
  narrow.reserve(values.size());
  for (const Integer value : values) narrow.push_back(static_cast<std::uint64_t>(value));
  return table(array(context(), std::span<const std::uint64_t>(narrow)), 8);
}

// LLVM has no compact array of 128-bit integers; the lower half comes first in memory.
GlobalVariable* Emission::wide_words(std::span<const Integer> values) {
  std::vector<std::uint64_t> halves;
  halves.reserve(2 * values.size());
  for (const Integer value : values) {
    halves.push_back(static_cast<std::uint64_t>(value));
    halves.push_back(static_cast<std::uint64_t>(value >> 64));
  }
  return table(array(context(), std::span<const std::uint64_t>(halves)), 16);
}

GlobalVariable* Emission::indices(std::span<const std::uint32_t> values) {
  return table(array(context(), values), 4);
}

GlobalVariable* Emission::program_integers() {
  if (integers_ == nullptr) {
    integers_ = integer_width_ == 64 ? words(program_.integers) : wide_words(program_.integers);
  }
  return integers_;
}

GlobalVariable* Emission::program_reals() {
  if (reals_ == nullptr) {
    reals_ = table(array(context(), std::span<const double>(program_.reals)), 8);
  }
  return reals_;
}

}  // namespace lrc::backends::llvm
