#include "compiler/backends/llvm/decide.h"

#include <llvm/ADT/PostOrderIterator.h>
#include <llvm/ADT/STLExtras.h>
#include <llvm/IR/InstrTypes.h>
#include <llvm/IR/Instructions.h>

#include <map>
#include <optional>

#include "compiler/backends/llvm/library.h"

namespace lrc::backends::llvm {
namespace {

using ::llvm::CallInst;
using ::llvm::CmpInst;
using ::llvm::ConstantFP;
using ::llvm::dyn_cast;
using ::llvm::FCmpInst;
using ::llvm::Instruction;
using ::llvm::SelectInst;

// Like a library_name.
constexpr const char* note_name = "lrc_noted$";

const CallInst* as_note(const Value* value) {
  const auto* call = dyn_cast<CallInst>(value);
  const Function* function = call == nullptr ? nullptr : call->getCalledFunction();
  return function != nullptr && function->getName() == note_name ? call : nullptr;
}

double constant(const Value* value) {
  return ::llvm::cast<ConstantFP>(value)->getValueAPF().convertToDouble();
}

// The ranges of a function's values, found in the order in which they are computed.
class Ranges {
 public:
  [[nodiscard]] MaybeRange of(const Value* value) const {
    if (const auto* number = dyn_cast<ConstantFP>(value)) return of_constant(*number);
    const auto known = known_.find(value);
    return known == known_.end() ? MaybeRange{} : known->second;
  }

  void visit(const Instruction& instruction) {
    if (!instruction.getType()->isDoubleTy()) return;
    if (const MaybeRange range = result_of(instruction)) known_.emplace(&instruction, *range);
  }

 private:
  static MaybeRange of_constant(const ConstantFP& number) {
    if (!number.getType()->isDoubleTy() || !number.getValueAPF().isFinite()) return {};
    const double value = constant(&number);
    return RealRange{value, value, number.isZero() && number.isNegative()};
  }

  [[nodiscard]] MaybeRange result_of(const Instruction& instruction) const {
    if (const CallInst* note = as_note(&instruction)) {
      return RealRange{constant(note->getArgOperand(1)), constant(note->getArgOperand(2))};
    }
    const bool selects = ::llvm::isa<SelectInst>(instruction);
    if (!selects && !instruction.isBinaryOp()) return {};
    const MaybeRange x = of(instruction.getOperand(selects ? 1 : 0));
    const MaybeRange y = of(instruction.getOperand(selects ? 2 : 1));
    if (!x || !y) return {};
    switch (instruction.getOpcode()) {
      case Instruction::Select: return either(*x, *y);
      case Instruction::FAdd: return sum(*x, *y);
      case Instruction::FSub: return difference(*x, *y);
      case Instruction::FMul: return product(*x, *y);
      default: return {};
    }
  }

  std::map<const Value*, RealRange> known_;
};

// The result where it is always the same.
std::optional<bool> decided(const FCmpInst& comparison, const Ranges& ranges) {
  const MaybeRange x = ranges.of(comparison.getOperand(0));
  const MaybeRange y = ranges.of(comparison.getOperand(1));
  if (!x || !y) return {};
  const bool above = x->low > y->high;
  const bool not_below = x->low >= y->high;
  const bool below = x->high < y->low;
  const bool not_above = x->high <= y->low;
  const auto choose = [](bool yes, bool no) -> std::optional<bool> {
    if (yes || no) return yes;
    return {};
  };
  // Without a NaN, ordered and unordered are the same.
  switch (comparison.getPredicate()) {
    case CmpInst::FCMP_OGT:
    case CmpInst::FCMP_UGT: return choose(above, not_above);
    case CmpInst::FCMP_OGE:
    case CmpInst::FCMP_UGE: return choose(not_below, below);
    case CmpInst::FCMP_OLT:
    case CmpInst::FCMP_ULT: return choose(below, not_below);
    case CmpInst::FCMP_OLE:
    case CmpInst::FCMP_ULE: return choose(not_above, above);
    default: return {};
  }
}

bool is_greater(CmpInst::Predicate predicate) {
  return predicate == CmpInst::FCMP_OGT || predicate == CmpInst::FCMP_UGT ||
         predicate == CmpInst::FCMP_OGE || predicate == CmpInst::FCMP_UGE;
}

bool is_less(CmpInst::Predicate predicate) {
  return is_greater(CmpInst::getSwappedPredicate(predicate));
}

// For the larger or smaller of two values: the one that it always is.
Value* decided(const SelectInst& select, const Ranges& ranges) {
  const auto* comparison = dyn_cast<FCmpInst>(select.getCondition());
  if (comparison == nullptr) return nullptr;
  Value* x = comparison->getOperand(0);
  Value* y = comparison->getOperand(1);
  const bool straight = select.getTrueValue() == x && select.getFalseValue() == y;
  const bool crossed = select.getTrueValue() == y && select.getFalseValue() == x;
  const auto predicate = comparison->getPredicate();
  if (!(straight || crossed) || !(is_greater(predicate) || is_less(predicate))) return nullptr;
  const MaybeRange of_x = ranges.of(x);
  const MaybeRange of_y = ranges.of(y);
  if (!of_x || !of_y) return nullptr;
  const bool larger = is_greater(predicate) == straight;
  if (never_below(*of_x, *of_y)) return larger ? x : y;
  if (never_below(*of_y, *of_x)) return larger ? y : x;
  return nullptr;
}

Value* replacement(const Instruction& instruction, const Ranges& ranges) {
  if (const auto* select = dyn_cast<SelectInst>(&instruction)) return decided(*select, ranges);
  const auto* comparison = dyn_cast<FCmpInst>(&instruction);
  if (comparison == nullptr) return nullptr;
  const auto result = decided(*comparison, ranges);
  return result ? ConstantInt::getBool(instruction.getContext(), *result) : nullptr;
}

void decide(Function& function) {
  Ranges ranges;
  for (BasicBlock* block : ::llvm::ReversePostOrderTraversal<Function*>(&function)) {
    for (Instruction& instruction : ::llvm::make_early_inc_range(*block)) {
      Value* value = replacement(instruction, ranges);
      if (value == nullptr) {
        ranges.visit(instruction);
        continue;
      }
      instruction.replaceAllUsesWith(value);
      instruction.eraseFromParent();
    }
  }
}

// What arithmetic.h promises for arguments within a domain.
struct Promise {
  ::llvm::StringLiteral function;
  RealRange domain;
  RealRange result;
};
constexpr Promise promises[] = {
    {"lrc1_havpi", {0, 1}, {0, 1}},
    {"lrc1_sinpi", {-0x1p49, 0x1p49}, {-1, 1}},
    {"lrc1_cospi", {-0x1p49, 0x1p49}, {-1, 1}},
    {"lrc1_tanh", {-0x1p1000, 0x1p1000}, {-1, 1}},
};

MaybeRange promised(const CallInst& call, const Ranges& ranges) {
  const Function* function = call.getCalledFunction();
  for (const Promise& promise : promises) {
    if (function == nullptr || function->getName() != library_name(promise.function)) continue;
    const MaybeRange argument = ranges.of(call.getArgOperand(0));
    if (argument && within(*argument, promise.domain.low, promise.domain.high)) {
      return promise.result;
    }
  }
  return {};
}

void note_promise(CallInst& call, Ranges& ranges) {
  const MaybeRange range = promised(call, ranges);
  if (!range) return;
  IRBuilder<> builder(call.getNextNode());
  auto* note = ::llvm::cast<CallInst>(noted(builder, &call, *range));
  call.replaceUsesWithIf(note, [note](const ::llvm::Use& use) { return use.getUser() != note; });
}

}  // namespace

Value* noted(IRBuilder<>& builder, Value* value, const RealRange& range) {
  Type* real = builder.getDoubleTy();
  Module* module = builder.GetInsertBlock()->getModule();
  auto function = module->getOrInsertFunction(note_name, real, real, real, real);
  auto* call = builder.CreateCall(
      function, {value, ConstantFP::get(real, range.low), ConstantFP::get(real, range.high)});
  call->setDoesNotAccessMemory();
  call->setDoesNotThrow();
  call->addFnAttr(::llvm::Attribute::WillReturn);
  return call;
}

void note_function_ranges(Module& module) {
  for (Function& function : module) {
    if (function.isDeclaration()) continue;
    Ranges ranges;
    for (BasicBlock* block : ::llvm::ReversePostOrderTraversal<Function*>(&function)) {
      for (Instruction& instruction : *block) {
        ranges.visit(instruction);
        if (auto* call = dyn_cast<CallInst>(&instruction)) note_promise(*call, ranges);
      }
    }
  }
}

void remove_notes(Module& module) {
  Function* function = module.getFunction(note_name);
  if (function == nullptr) return;
  for (::llvm::User* user : ::llvm::make_early_inc_range(function->users())) {
    auto* note = ::llvm::cast<CallInst>(user);
    note->replaceAllUsesWith(note->getArgOperand(0));
    note->eraseFromParent();
  }
  function->eraseFromParent();
}

void decide_comparisons(Module& module) {
  for (Function& function : module) {
    if (!function.isDeclaration()) decide(function);
  }
  remove_notes(module);
}

}  // namespace lrc::backends::llvm
