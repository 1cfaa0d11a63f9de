#pragma once
// A program's module while it grows: the curves that are functions already, and the tables.

#include <span>
#include <string_view>
#include <vector>

#include "compiler/backends/llvm/names.h"
#include "compiler/backends/positions/reach.h"

namespace lrc::backends::llvm {

// An integer in the code: 64 bits wide where its range allows that, 128 otherwise.
struct Number {
  Value* value;
  Range range;
};

[[nodiscard]] inline unsigned width_for(const Range& range) { return fits_word(range) ? 64 : 128; }

// Up to so many segments or slots become code of their own with constants in it; more become a
// table and a search, because LLVM takes some 0.1 ms for each piece of code.
inline constexpr std::size_t most_in_code = 32;

class Emission {
 public:
  Emission(Module& module, const runtime::Program& program, const Reach& reach);

  [[nodiscard]] const runtime::Program& program() const { return program_; }
  [[nodiscard]] Module& module() { return module_; }
  [[nodiscard]] LLVMContext& context() { return module_.getContext(); }

  // A new function of this module's own, or one that outsiders call, with an entry block.
  Function* define(Type* result, std::vector<Type*> parameters, std::string_view name,
                   bool exported);
  // A curve's function takes the position, as wide as it needs, and the pointer to the rules'
  // factors where any code of the program reads one.
  Function* define_curve(unsigned width);
  Value* call_curve(IRBuilder<>& builder, std::uint32_t index, Value* position, Value* factors);
  [[nodiscard]] unsigned curve_width(std::uint32_t index) const;

  // One of functions.cpp; linked in later.
  Function* library_function(Type* result, std::vector<Type*> parameters, std::string_view name);
  // One that those call.
  Function* define_for_library(Type* result, std::vector<Type*> parameters, std::string_view name);

  // Whether any code reads what the rules make of a reaction.
  [[nodiscard]] bool reads_factors() const { return reads_factors_; }
  // One for each reaction.
  GlobalVariable* factors_at_rest();
  // Where code reads what rules make of reactions: from `given`, and where that is null, rules are
  // at rest. Null where no code reads any.
  Value* factors(IRBuilder<>& builder, Value* given);

  // A text that outsiders read, closed by a zero.
  void export_text(std::string_view text, std::string_view name);

  std::vector<Function*> curves;  // by index; null where the curve cannot be reached

  // Tables of constants, for code that serves many segments.
  GlobalVariable* words(std::span<const Integer> values);  // all of which fit 64 bits
  GlobalVariable* wide_words(std::span<const Integer> values);
  GlobalVariable* indices(std::span<const std::uint32_t> values);
  // All integers and all reals of the program. The integers are 64 bits wide if all of them and all
  // positions fit.
  GlobalVariable* program_integers();
  GlobalVariable* program_reals();
  [[nodiscard]] unsigned program_integer_width() const { return integer_width_; }

 private:
  GlobalVariable* table(Constant* values, std::uint64_t alignment);

  Module& module_;
  const runtime::Program& program_;
  bool reads_factors_;
  unsigned integer_width_;
  GlobalVariable* integers_ = nullptr;
  GlobalVariable* reals_ = nullptr;
  GlobalVariable* factors_at_rest_ = nullptr;
};

}  // namespace lrc::backends::llvm
