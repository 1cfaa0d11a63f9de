#pragma once
// What a GPU would do to a block, done by one thread of the host and the interpreter.

#include <cstdint>

#include "runtime/host/program.h"

namespace lrc::test {

// As fake_function: `program` is a runtime::Program, which the block was laid out for.
void interpreted_update(void* block, std::uint32_t evaluate, void* program);

}  // namespace lrc::test
