#include "compiler/ir/operation.h"

#include "runtime/host/evaluate.h"

namespace lrc::ir {

double apply(std::string_view spelling, double x, double y) {
  return runtime::apply(operation_named(spelling)->operation, x, y);
}

}  // namespace lrc::ir
