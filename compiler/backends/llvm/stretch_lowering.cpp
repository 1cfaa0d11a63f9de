#include "compiler/backends/llvm/stretch_lowering.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/IR/Intrinsics.h>

#include <set>
#include <vector>

#include "compiler/backends/llvm/code_lowering.h"
#include "compiler/backends/llvm/curve_lowering.h"
#include "compiler/backends/llvm/landmarks.h"
#include "compiler/backends/llvm/vectorise.h"

namespace lrc::backends::llvm {
namespace {

using runtime::Instruction;
using runtime::Operation;
using runtime::Program;

// Up to so many loops; a slot with more parts is one loop over all of its code.
constexpr std::size_t most_loops = 32;

bool reads_curve(const Instruction& i) { return i.operation == Operation::curve; }

// Where, within the use's positions, the code that is read at the same position changes.
void add_cuts(const Program& program, const Use& use, std::set<Integer>& cuts) {
  for (const Use& piece : cut_at_landmarks(program, std::span(&use, 1))) {
    cuts.insert(piece.positions.low);
  }
  for (const Instruction& i : program.codes[use.segment.code]) {
    if (!reads_curve(i) || cuts.size() > most_loops) continue;
    for (const Use& part : uses_of(program, program.curves[i.a], use.positions)) {
      add_cuts(program, part, cuts);
    }
  }
}

class StretchLowering {
 public:
  StretchLowering(Emission& emission, Function* function, const runtime::Slot& slot)
      : emission_(emission),
        function_(function),
        slot_(slot),
        builder_(&function->getEntryBlock()),
        factors_(emission.reads_factors() ? emission.factors_at_rest() : nullptr) {}

  void lower() {
    Value* count = function_->getArg(1);
    BasicBlock* some = block();
    end_ = block();
    builder_.CreateCondBr(builder_.CreateICmpSGT(count, builder_.getInt64(0)), some, end_);
    builder_.SetInsertPoint(some);
    last_ = builder_.CreateAdd(first(), builder_.CreateSub(count, builder_.getInt64(1)));
    for (const Range& positions : parts()) lower_part(positions);
    builder_.CreateBr(end_);
    builder_.SetInsertPoint(end_);
    builder_.CreateRetVoid();
  }

 private:
  [[nodiscard]] std::vector<Range> parts() {
    std::set<Integer> cuts;
    add_cuts(emission_.program(), {slot_.value, any_step}, cuts);
    cut_ = cuts.size() <= most_loops;
    if (!cut_) return {any_step};
    std::vector<Range> result;
    for (const Integer low : cuts) {
      if (!result.empty()) result.back().high = low - 1;
      result.push_back({low, any_step.high});
    }
    return result;
  }

  // for (i = 0; i < size; ++i) values[begin - first + i] = value at begin + i
  void lower_part(const Range& positions) {
    Value* begin = larger(first(), positions.low);
    Value* size = builder_.CreateAdd(builder_.CreateSub(smaller(last_, positions.high), begin),
                                     builder_.getInt64(1));
    Value* target = element(function_->getArg(2), builder_.CreateSub(begin, first()));
    BasicBlock* before = builder_.GetInsertBlock();
    BasicBlock* body = block();
    BasicBlock* after = block();
    builder_.CreateCondBr(builder_.CreateICmpSGT(size, builder_.getInt64(0)), body, after);
    builder_.SetInsertPoint(body);
    auto* index = builder_.CreatePHI(builder_.getInt64Ty(), 2);
    const Number position = {builder_.CreateAdd(begin, index), positions};
    KnownCurves known;
    builder_.CreateStore(value({slot_.value, positions}, position, known), element(target, index));
    Value* next = builder_.CreateAdd(index, builder_.getInt64(1));
    index->addIncoming(builder_.getInt64(0), before);
    index->addIncoming(next, builder_.GetInsertBlock());
    auto* again = builder_.CreateCondBr(builder_.CreateICmpEQ(next, size), after, body);
    again->setMetadata(::llvm::LLVMContext::MD_loop, side_by_side());
    builder_.SetInsertPoint(after);
  }

  // Each operation waits for the one before it. With so many vectors side by side, the machine
  // always finds one that is ready.
  ::llvm::MDNode* side_by_side() {
    constexpr std::uint32_t vectors = 8;
    LLVMContext& context = emission_.context();
    ::llvm::Metadata* count[] = {::llvm::MDString::get(context, "llvm.loop.interleave.count"),
                                 ::llvm::ConstantAsMetadata::get(builder_.getInt32(vectors))};
    auto* loop =
        ::llvm::MDNode::getDistinct(context, {nullptr, ::llvm::MDNode::get(context, count)});
    loop->replaceOperandWith(0, loop);
    return loop;
  }

  // Within a part each curve has one segment, whose code goes where it is read.
  Value* value(const Use& use, const Number& position, KnownCurves& known) {
    const Program& program = emission_.program();
    for (const Instruction& i : program.codes[use.segment.code]) {
      if (!cut_ || !reads_curve(i) || known.contains(i.a)) continue;
      const auto only = uses_of(program, program.curves[i.a], use.positions);
      known[i.a] = value(only.front(), position, known);
    }
    const Constants constants(emission_, builder_, std::span(&use, 1));
    return CodeLowering(emission_, builder_, constants, position, &known, factors_).lower();
  }

  Value* first() { return function_->getArg(0); }

  BasicBlock* block() { return BasicBlock::Create(emission_.context(), "", function_); }

  Constant* word(Integer value) { return written_integer(emission_.context(), value, 64); }

  Value* larger(Value* value, Integer limit) {
    return builder_.CreateBinaryIntrinsic(::llvm::Intrinsic::smax, value, word(limit));
  }

  Value* smaller(Value* value, Integer limit) {
    return builder_.CreateBinaryIntrinsic(::llvm::Intrinsic::smin, value, word(limit));
  }

  Value* element(Value* array, Value* index) {
    return builder_.CreateInBoundsGEP(builder_.getDoubleTy(), array, index);
  }

  Emission& emission_;
  Function* function_;
  const runtime::Slot& slot_;
  IRBuilder<> builder_;
  Value* factors_;
  Value* last_ = nullptr;
  BasicBlock* end_ = nullptr;
  bool cut_ = true;
};

// The curves whose code went where it is read, and what only they call.
void remove_unused(Module& module) {
  for (bool removed = true; removed;) {
    removed = false;
    for (Function& function : ::llvm::make_early_inc_range(module)) {
      const bool own = function.isDeclaration() || function.hasLocalLinkage();
      if (!own || !function.use_empty()) continue;
      function.eraseFromParent();
      removed = true;
    }
  }
}

}  // namespace

void lower_stretch(Module& module, const Program& program, const runtime::Slot& slot,
                   const std::string& name) {
  const Reach positions = reach(program, std::span(&slot, 1));
  Emission emission(module, program, positions);
  lower_curves(emission, positions);
  LLVMContext& context = module.getContext();
  Type* word = Type::getInt64Ty(context);
  Function* function = emission.define(
      Type::getVoidTy(context), {word, word, ::llvm::PointerType::get(context, 0)}, name, true);
  function->addParamAttr(2, ::llvm::Attribute::NoAlias);
  StretchLowering(emission, function, slot).lower();
  remove_unused(module);
  mark_for_vectors(*function);
}

}  // namespace lrc::backends::llvm
