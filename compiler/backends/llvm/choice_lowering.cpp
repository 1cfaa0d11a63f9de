#include "compiler/backends/llvm/choice_lowering.h"

#include <algorithm>
#include <map>
#include <set>

#include "compiler/backends/llvm/code_lowering.h"
#include "compiler/backends/llvm/search.h"

namespace lrc::backends::llvm {
namespace {

using runtime::Instruction;
using runtime::Operation;

using ByCode = std::map<std::uint32_t, std::vector<Choice>>;

ByCode by_code_of(std::span<const Choice> choices) {
  ByCode codes;
  for (const Choice& choice : choices) codes[choice.segment.code].push_back(choice);
  return codes;
}

std::set<std::uint32_t> curves_in(const runtime::Code& code) {
  std::set<std::uint32_t> curves;
  for (const Instruction& i : code) {
    if (i.operation == Operation::curve) curves.insert(i.a);
  }
  return curves;
}

class ChoiceLowering {
 public:
  ChoiceLowering(Emission& emission, Function* function, ChoiceOrder order)
      : emission_(emission),
        function_(function),
        builder_(&function->getEntryBlock()),
        step_{function->getArg(order == ChoiceOrder::step_first ? 0 : 1), any_step},
        index_(function->getArg(order == ChoiceOrder::step_first ? 1 : 0)),
        factors_(emission.factors(builder_, function->getArg(2))) {}

  // A case for each code; a table says which one an index belongs to and where its constants begin.
  void lower(std::span<const Choice> choices) {
    const ByCode codes = by_code_of(choices);
    read_shared_curves(codes);
    if (codes.size() == 1 && choices.size() == 1) return lower_case(choices);
    GlobalVariable* rows = emission_.indices(rows_of(choices));
    row_ = builder_.CreateMul(builder_.CreateZExt(index_, builder_.getInt64Ty()),
                              builder_.getInt64(row_size));
    rows_ = rows;
    if (codes.size() == 1) return lower_case(choices);
    auto* choice = builder_.CreateSwitch(entry(builder_, rows, row_, 0), block(),
                                         static_cast<unsigned>(codes.size()));
    builder_.SetInsertPoint(choice->getDefaultDest());
    builder_.CreateUnreachable();
    for (const auto& [code, members] : codes) {
      BasicBlock* place = block();
      choice->addCase(builder_.getInt64(code), place);
      builder_.SetInsertPoint(place);
      lower_case(members);
    }
  }

 private:
  static constexpr std::uint32_t row_size = 3;

  static std::vector<std::uint32_t> rows_of(std::span<const Choice> choices) {
    std::uint32_t last = 0;
    for (const Choice& choice : choices) last = std::max(last, choice.index);
    std::vector<std::uint32_t> rows(row_size * (std::size_t{last} + 1));
    for (const Choice& choice : choices) {
      const std::uint32_t row[] = {choice.segment.code, choice.segment.first_integer,
                                   choice.segment.first_real};
      std::copy_n(row, row_size, rows.begin() + std::ptrdiff_t{row_size} * choice.index);
    }
    return rows;
  }

  BasicBlock* block() { return BasicBlock::Create(emission_.context(), "", function_); }

  // Threads that go through different cases do so one after the other. What several cases read, all
  // of them read at once before, where that is little for those that need none of it.
  void read_shared_curves(const ByCode& codes) {
    std::map<std::uint32_t, std::size_t> readers;
    for (const auto& [code, members] : codes) {
      for (const std::uint32_t curve : curves_in(emission_.program().codes[code])) ++readers[curve];
    }
    std::erase_if(readers, [](const auto& curve) { return curve.second < 2; });
    if (readers.size() > most_read_before) return;
    for (const auto& [curve, times] : readers) read(curve, shared_);
  }

  void read(std::uint32_t curve, KnownCurves& known) {
    Type* type = builder_.getIntNTy(emission_.curve_width(curve));
    Value* position = builder_.CreateSExt(step_.value, type);
    known[curve] = emission_.call_curve(builder_, curve, position, factors_);
  }

  void lower_case(std::span<const Choice> members) {
    KnownCurves known = shared_;
    for (const std::uint32_t curve :
         curves_in(emission_.program().codes[members.front().segment.code])) {
      if (!known.contains(curve)) read(curve, known);
    }
    std::vector<Use> uses;
    for (const Choice& member : members) uses.push_back({member.segment, any_step});
    CodeLowering code(emission_, builder_, constants(uses), step_, &known, factors_);
    builder_.CreateRet(code.lower());
  }

  Constants constants(std::span<const Use> uses) {
    if (uses.size() == 1) return Constants(emission_, builder_, uses);
    return Constants(emission_, builder_, uses, entry(builder_, rows_, row_, 1),
                     entry(builder_, rows_, row_, 2));
  }

  static constexpr std::size_t most_read_before = 4;

  Emission& emission_;
  Function* function_;
  IRBuilder<> builder_;
  Number step_;
  Value* index_;
  Value* factors_;
  KnownCurves shared_;
  GlobalVariable* rows_ = nullptr;
  Value* row_ = nullptr;
};

}  // namespace

Function* lower_choice(Emission& emission, std::span<const Choice> choices,
                       const ChoiceFunction& named) {
  LLVMContext& context = emission.context();
  Type* step = Type::getInt64Ty(context);
  Type* index = Type::getInt32Ty(context);
  Type* factors = ::llvm::PointerType::get(context, 0);
  const bool step_first = named.order == ChoiceOrder::step_first;
  Function* function = emission.define(
      Type::getDoubleTy(context), {step_first ? step : index, step_first ? index : step, factors},
      named.name, true);
  if (choices.empty()) {
    IRBuilder<>(&function->getEntryBlock())
        .CreateRet(::llvm::ConstantFP::get(Type::getDoubleTy(context), 0));
  } else {
    ChoiceLowering(emission, function, named.order).lower(choices);
  }
  return function;
}

}  // namespace lrc::backends::llvm
