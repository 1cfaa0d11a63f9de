#include "compiler/backends/llvm/program_lowering.h"

#include "compiler/backends/llvm/choice_lowering.h"
#include "compiler/backends/llvm/code_lowering.h"
#include "compiler/backends/llvm/curve_lowering.h"
#include "compiler/backends/llvm/kernel_lowering.h"
#include "compiler/backends/llvm/search.h"
#include "compiler/backends/llvm/vectorise.h"

#include <array>

namespace lrc::backends::llvm {
namespace {

using runtime::Instruction;
using runtime::Operation;
using runtime::Program;
using runtime::Slot;

// The slots of a program at one step. What several of them read is computed once.
class SlotsLowering {
 public:
  // Without `given`, and where it is null, rules are at rest.
  SlotsLowering(Emission& emission, Function* function, Value* given)
      : emission_(emission),
        function_(function),
        builder_(&function->getEntryBlock()),
        step_{function->getArg(0), any_step},
        factors_(emission.factors(builder_, given)) {}

  void lower_value(const Slot& slot) { builder_.CreateRet(value(Use{slot.value, any_step})); }

  void lower_as_code(std::span<const Slot> slots) {
    read_curves(slots);
    for (std::size_t k = 0; k < slots.size(); ++k) {
      store(value(Use{slots[k].value, any_step}), builder_.getInt64(k));
    }
    builder_.CreateRetVoid();
  }

  // A loop for each code, over the slots that share it.
  void lower_as_loops(std::span<const Slot> slots) {
    read_curves(slots);
    std::map<std::uint32_t, std::vector<std::uint32_t>> by_code;
    for (std::uint32_t k = 0; k < slots.size(); ++k) by_code[slots[k].value.code].push_back(k);
    for (const auto& [code, members] : by_code) lower_members(slots, members);
    builder_.CreateRetVoid();
  }

 private:
  void read_curves(std::span<const Slot> slots) {
    for (const Slot& slot : slots) {
      for (const Instruction& i : emission_.program().codes[slot.value.code]) {
        if (i.operation == Operation::curve && !known_.contains(i.a)) read_curve(i.a);
      }
    }
  }

  void read_curve(std::uint32_t index) {
    Type* type = builder_.getIntNTy(emission_.curve_width(index));
    Value* position = builder_.CreateSExt(step_.value, type);
    known_[index] = emission_.call_curve(builder_, index, position, factors_);
  }

  Value* value(const Use& use) {
    const Constants constants(emission_, builder_, std::span(&use, 1));
    return CodeLowering(emission_, builder_, constants, step_, &known_, factors_).lower();
  }

  void store(Value* value, Value* slot) {
    Value* values = function_->getArg(1);
    builder_.CreateStore(value, builder_.CreateInBoundsGEP(builder_.getDoubleTy(), values, slot));
  }

  // What slot and where its constants begin.
  using Row = std::array<std::uint32_t, 3>;

  static std::vector<Row> rows_of(std::span<const Slot> slots,
                                  std::span<const std::uint32_t> members) {
    std::vector<Row> rows;
    for (const std::uint32_t member : members) {
      const runtime::Segment& segment = slots[member].value;
      rows.push_back({member, segment.first_integer, segment.first_real});
    }
    return rows;
  }

  // Whether each row is as far from the one before as the second is from the first.
  static bool evenly_spaced(std::span<const Row> rows) {
    for (std::size_t k = 2; k < rows.size(); ++k) {
      for (std::size_t column = 0; column < row_size; ++column) {
        const std::uint32_t step = rows[1][column] - rows[0][column];
        if (rows[k][column] != rows[k - 1][column] + step) return false;
      }
    }
    return rows.size() > 1;
  }

  // Column `column` of row `index`: computed where that can be, so that the machine can go through
  // several rows at once; otherwise from a table.
  Value* entry_of(std::span<const Row> rows, GlobalVariable* table, Value* index,
                  std::size_t column) {
    if (table != nullptr) {
      return entry(builder_, table, builder_.CreateMul(index, builder_.getInt64(row_size)), column);
    }
    const std::uint64_t first = rows[0][column];
    const std::uint64_t step = rows[1][column] - first;
    return builder_.CreateAdd(builder_.getInt64(first),
                              builder_.CreateMul(index, builder_.getInt64(step)));
  }

  GlobalVariable* table_of(std::span<const Row> rows) {
    std::vector<std::uint32_t> all;
    for (const Row& row : rows) all.insert(all.end(), row.begin(), row.end());
    return emission_.indices(all);
  }

  void lower_members(std::span<const Slot> slots, std::span<const std::uint32_t> members) {
    if (members.size() == 1) {
      const std::uint32_t slot = members.front();
      return store(value(Use{slots[slot].value, any_step}), builder_.getInt64(slot));
    }
    const std::vector<Row> rows = rows_of(slots, members);
    std::vector<Use> uses;
    for (const std::uint32_t member : members) uses.push_back({slots[member].value, any_step});
    if (!evenly_spaced(rows)) return lower_loop(rows, uses, table_of(rows), 0, rows.size());
    mark_for_vectors(*function_);
    // What does not fill vectors would be computed one by one: the last rows are computed twice.
    const std::size_t rest = rows.size() <= rows_at_once ? 0 : rows.size() % rows_at_once;
    lower_loop(rows, uses, nullptr, 0, rows.size() - rest);
    if (rest > 0) lower_loop(rows, uses, nullptr, rows.size() - rows_at_once, rows.size());
  }

  void lower_loop(std::span<const Row> rows, std::span<const Use> uses, GlobalVariable* table,
                  std::size_t begin, std::size_t end) {
    BasicBlock* before = builder_.GetInsertBlock();
    BasicBlock* body = BasicBlock::Create(emission_.context(), "", function_);
    builder_.CreateBr(body);
    builder_.SetInsertPoint(body);
    auto* index = builder_.CreatePHI(builder_.getInt64Ty(), 2);
    const Constants constants(emission_, builder_, uses, entry_of(rows, table, index, 1),
                              entry_of(rows, table, index, 2));
    CodeLowering code(emission_, builder_, constants, step_, &known_, factors_);
    store(code.lower(), entry_of(rows, table, index, 0));
    Value* next = builder_.CreateAdd(index, builder_.getInt64(1));
    BasicBlock* after = BasicBlock::Create(emission_.context(), "", function_);
    Value* done = builder_.CreateICmpEQ(next, builder_.getInt64(end));
    index->addIncoming(builder_.getInt64(begin), before);
    index->addIncoming(next, builder_.GetInsertBlock());
    builder_.CreateCondBr(done, after, body);
    builder_.SetInsertPoint(after);
  }

  // Two of the widest vectors there are.
  static constexpr std::size_t rows_at_once = 16;
  static constexpr std::size_t row_size = 3;

  Emission& emission_;
  Function* function_;
  IRBuilder<> builder_;
  Number step_;
  Value* factors_;
  KnownCurves known_;
};

Function* define_values(Emission& emission, const std::string& name) {
  LLVMContext& context = emission.context();
  Type* pointer = ::llvm::PointerType::get(context, 0);
  Function* function = emission.define(Type::getVoidTy(context),
                                       {Type::getInt64Ty(context), pointer, pointer}, name, true);
  function->addParamAttr(1, ::llvm::Attribute::NoAlias);
  SlotsLowering slots(emission, function, function->getArg(2));
  const std::vector<Slot>& all = emission.program().slots;
  if (all.size() <= most_in_code) {
    slots.lower_as_code(all);
  } else {
    slots.lower_as_loops(all);
  }
  return function;
}

void define_output(Emission& emission, const Slot& slot, const std::string& name) {
  LLVMContext& context = emission.context();
  Function* function =
      emission.define(Type::getDoubleTy(context), {Type::getInt64Ty(context)}, name, true);
  SlotsLowering(emission, function, nullptr).lower_value(slot);
}

std::vector<Choice> choices_of_slots(const Program& program) {
  std::vector<Choice> choices;
  for (const Slot& slot : program.slots)
    choices.push_back({static_cast<std::uint32_t>(choices.size()), slot.value});
  return choices;
}

// Those whose value a rule asks for.
std::vector<Choice> choices_of_reactions(const Program& program) {
  std::vector<Choice> choices;
  for (std::uint32_t k = 0; k < program.reactions.size(); ++k) {
    const runtime::Reaction& reaction = program.reactions[k];
    if (reaction.ignored >= 0) choices.push_back({k, reaction.value});
  }
  return choices;
}

// As in functions.cpp, the number stands before the step where it is a reaction's.
void lower_for_gpu(Emission& emission, Function* values, const std::string& name) {
  const Program& program = emission.program();
  Function* eval =
      lower_choice(emission, choices_of_slots(program), {name + "_eval", ChoiceOrder::step_first});
  Function* reaction = lower_choice(emission, choices_of_reactions(program),
                                    {name + "_reaction", ChoiceOrder::index_first});
  lower_update(emission, eval, reaction, name + "_update");
  if (runs_on_gpu(emission.module())) lower_table(emission, values, name + "_table");
}

// What can be read from outside, as slots.
std::vector<Slot> all_read(const Program& program, bool reactions) {
  std::vector<Slot> read = program.slots;
  if (!reactions) return read;
  for (const Choice& choice : choices_of_reactions(program)) read.push_back({0, 0, choice.segment});
  return read;
}

std::size_t pieces_of_uses(std::span<const Use> uses) {
  return uses.size() <= most_in_code ? uses.size() : by_code(uses).size();
}

}  // namespace

std::size_t pieces_of_code(const Program& program, std::span<const Slot> slots) {
  const Reach positions = reach(program, slots);
  std::vector<Use> read;
  for (const Slot& slot : slots) read.push_back({slot.value, any_step});
  std::size_t pieces = pieces_of_uses(read);
  for (std::size_t k = 0; k < positions.size(); ++k) {
    if (!positions[k]) continue;
    pieces += pieces_of_uses(uses_of(program, program.curves[k], *positions[k]));
  }
  return pieces;
}

void lower_values(Module& module, const Program& program, const std::string& name) {
  const Reach positions = reach(program, program.slots);
  Emission emission(module, program, positions);
  lower_curves(emission, positions);
  define_values(emission, name);
}

void lower_slot(Module& module, const Program& program, const Slot& slot, const std::string& name) {
  const Reach positions = reach(program, std::span(&slot, 1));
  Emission emission(module, program, positions);
  lower_curves(emission, positions);
  LLVMContext& context = module.getContext();
  Function* function = emission.define(
      Type::getDoubleTy(context), {Type::getInt64Ty(context), ::llvm::PointerType::get(context, 0)},
      name, true);
  SlotsLowering(emission, function, function->getArg(1)).lower_value(slot);
}

void lower_exports(Module& module, const Program& program, const std::string& name, Family family) {
  const bool for_gpu = family == Family::nvptx;
  const Reach positions = reach(program, all_read(program, for_gpu));
  Emission emission(module, program, positions);
  lower_curves(emission, positions);
  Function* values = define_values(emission, name + "_values");
  for (std::size_t k = 0; k < program.outputs.size(); ++k) {
    define_output(emission, program.slots[program.slot(k, 0)], name + "_" + program.outputs[k]);
  }
  emission.export_text(program.identity.run_hash, name + "_hash");
  if (for_gpu) lower_for_gpu(emission, values, name);
}

}  // namespace lrc::backends::llvm
