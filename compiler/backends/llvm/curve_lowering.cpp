#include "compiler/backends/llvm/curve_lowering.h"

#include <string>

#include "compiler/backends/llvm/code_lowering.h"
#include "compiler/backends/llvm/landmarks.h"
#include "compiler/backends/llvm/search.h"

namespace lrc::backends::llvm {
namespace {

// Up to so many segments, in up to so many curves, are cut into pieces that need fewer comparisons.
constexpr std::size_t most_cut = 8;

class CurveLowering {
 public:
  CurveLowering(Emission& emission, Function* function, const Range& positions)
      : emission_(emission),
        function_(function),
        builder_(&function->getEntryBlock()),
        position_{function->getArg(0), positions},
        factors_(function->arg_size() > 1 ? function->getArg(1) : nullptr) {}

  // A balanced tree of comparisons; below it, the segments' codes. Whoever calls goes through the
  // steps in order, so that the branches are almost always predicted.
  void lower_as_code(std::span<const Use> uses) {
    if (uses.size() == 1) {
      CodeLowering code(emission_, builder_, Constants(emission_, builder_, uses), position_,
                        nullptr, factors_);
      builder_.CreateRet(code.lower());
      return;
    }
    const std::size_t half = uses.size() / 2;
    BasicBlock* before = block();
    BasicBlock* after = block();
    builder_.CreateCondBr(
        builder_.CreateICmpSLT(position_.value, threshold(uses[half].positions.low)), before,
        after);
    builder_.SetInsertPoint(before);
    lower_as_code(uses.first(half));
    builder_.SetInsertPoint(after);
    lower_as_code(uses.subspan(half));
  }

  // The search gives the segment, a table its code and where its constants begin.
  void lower_as_table(std::span<const Use> uses) {
    const auto codes = by_code(uses);
    GlobalVariable* rows = emission_.indices(rows_of(uses));
    Value* row = builder_.CreateMul(segment_at_position(uses), builder_.getInt64(row_size));
    Value* code = entry(builder_, rows, row, 0);
    Value* first_integer = entry(builder_, rows, row, 1);
    Value* first_real = entry(builder_, rows, row, 2);
    auto* choice = builder_.CreateSwitch(code, block(), static_cast<unsigned>(codes.size()));
    builder_.SetInsertPoint(choice->getDefaultDest());
    builder_.CreateUnreachable();
    for (const auto& [index, its_uses] : codes) {
      BasicBlock* place = block();
      choice->addCase(builder_.getInt64(index), place);
      builder_.SetInsertPoint(place);
      const Constants constants(emission_, builder_, its_uses, first_integer, first_real);
      CodeLowering lowering(emission_, builder_, constants, position_, nullptr, factors_);
      builder_.CreateRet(lowering.lower());
    }
  }

 private:
  static constexpr std::uint32_t row_size = 3;

  static std::vector<std::uint32_t> rows_of(std::span<const Use> uses) {
    std::vector<std::uint32_t> rows;
    rows.reserve(row_size * uses.size());
    for (const Use& use : uses) {
      rows.push_back(use.segment.code);
      rows.push_back(use.segment.first_integer);
      rows.push_back(use.segment.first_real);
    }
    return rows;
  }

  BasicBlock* block() { return BasicBlock::Create(emission_.context(), "", function_); }

  Constant* threshold(Integer value) {
    return written_integer(emission_.context(), value, width_for(position_.range));
  }

  // How many of the thresholds between the segments the position has passed.
  Value* segment_at_position(std::span<const Use> uses) {
    std::vector<Integer> thresholds;
    thresholds.reserve(uses.size());
    for (const Use& use : uses.subspan(1)) thresholds.push_back(use.positions.low);
    return llvm::search(emission_, builder_, position_, thresholds);
  }

  Emission& emission_;
  Function* function_;
  IRBuilder<> builder_;
  Number position_;
  Value* factors_;
};

// The curves before it are functions already.
Function* lower_curve(Emission& emission, std::uint32_t index, const Range& positions) {
  Function* function = emission.define_curve(width_for(positions));
  const auto uses = uses_of(emission.program(), emission.program().curves[index], positions);
  CurveLowering lowering(emission, function, positions);
  const bool cut = uses.size() <= most_cut && emission.curves.size() <= most_cut;
  if (cut)
    lowering.lower_as_code(cut_at_landmarks(emission.program(), uses));
  else if (uses.size() <= most_in_code)
    lowering.lower_as_code(uses);
  else
    lowering.lower_as_table(uses);
  return function;
}

}  // namespace

void lower_curves(Emission& emission, const Reach& positions) {
  for (std::uint32_t k = 0; k < positions.size(); ++k) {
    if (positions[k]) emission.curves[k] = lower_curve(emission, k, *positions[k]);
  }
}

}  // namespace lrc::backends::llvm
