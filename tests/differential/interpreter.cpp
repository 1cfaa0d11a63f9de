#include "tests/differential/interpreter.h"

#include "runtime/host/evaluate.h"

namespace lrc::differential {

LRC_INTERPRETER(LRC_INTERPRETER_NAME) { return runtime::evaluate(program, slot, step, factors); }

}  // namespace lrc::differential
