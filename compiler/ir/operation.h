#pragma once
// The table of operations.def.

#include <array>
#include <cstddef>
#include <string_view>

#include "runtime/host/program.h"

namespace lrc::ir {

struct OperationFacts {
  std::string_view spelling;
  std::size_t arity;
  runtime::Operation operation;
};

inline constexpr std::array operations = {
#define X(spelling, arity, operation) \
  OperationFacts{spelling, arity, runtime::Operation::operation},
#include "compiler/ir/operations.def"
#undef X
};

// Null when no operation is spelled so.
[[nodiscard]] constexpr const OperationFacts* operation_named(std::string_view spelling) {
  for (const OperationFacts& facts : operations) {
    if (facts.spelling == spelling) return &facts;
  }
  return nullptr;
}

// The value of such a function in the arithmetic of the runtime. `y` is unused where the arity is
// 1.
[[nodiscard]] double apply(std::string_view spelling, double x, double y);

}  // namespace lrc::ir
