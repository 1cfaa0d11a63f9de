#pragma once
// Bound programs as machine code. The code gives the interpreter's bits, on every slot and step.
//
// LLVM lives in a library of its own that is opened when it is first needed: whoever only checks or
// interprets policies never loads it. The functions here may be called from several threads.

#include <cstddef>
#include <cstdint>
#include <string>

#include <tl/expected.hpp>

#include "compiler/backends/llvm/level.h"
#include "runtime/host/schedule.h"

namespace lrc::backends::llvm {

// The value of one slot for an update (0 <= step). `factors` as of a runtime::CompiledFunction.
using SlotFunction = double (*)(std::int64_t step, const double* factors);

// Compiled code lives as long as the process. The error says what is missing or went wrong, for a
// person; the interpreter then still does the work.
[[nodiscard]] tl::expected<runtime::CompiledFunction, std::string> compile(
    const runtime::Program& program, Level level = Level::optimised);
[[nodiscard]] tl::expected<SlotFunction, std::string> compile_slot(const runtime::Program& program,
                                                                   std::size_t slot,
                                                                   Level level = Level::optimised);

// The values of one slot, rules at rest, for `count` updates from `first` on: 0 <= first, and
// first + count - 1 is an update. Several values at once, with the bits of SlotFunction's.
using CurveFunction = void (*)(std::int64_t first, std::int64_t count, double* values);
[[nodiscard]] tl::expected<CurveFunction, std::string> compile_curve(
    const runtime::Program& program, std::size_t slot, Level level = Level::optimised);

// The published limit: how many stretches that share no code with others are compiled.
inline constexpr std::size_t maximum_pieces = 500;
// Whether the program is within it. False, too, where the library is not available.
[[nodiscard]] bool fits(const runtime::Program& program);

// Whether the library was found and can be used.
[[nodiscard]] bool available();

// What compiles and for which machine, or why nothing does.
[[nodiscard]] std::string description();

}  // namespace lrc::backends::llvm
