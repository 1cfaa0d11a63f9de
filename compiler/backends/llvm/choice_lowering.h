#pragma once
// One number of many, chosen by its index when the code runs: a function of a GPU, whose threads
// choose different ones at the same update.

#include <span>
#include <string>

#include "compiler/backends/llvm/emission.h"

namespace lrc::backends::llvm {

struct Choice {
  std::uint32_t index;
  runtime::Segment segment;
};

enum class ChoiceOrder : std::uint8_t { step_first, index_first };
struct ChoiceFunction {
  std::string name;
  ChoiceOrder order;
};

// double name(i64 step, i32 index, ptr factors), or with the index before the step, for outsiders.
// Only indices of choices, of which none appears twice, may be asked for; without any it gives 0.
Function* lower_choice(Emission& emission, std::span<const Choice> choices,
                       const ChoiceFunction& function);

}  // namespace lrc::backends::llvm
