#pragma once
// A bound program as a module with functions that outsiders call. Where they take the rules'
// factors and get a null pointer, rules are at rest.

#include <cstddef>
#include <span>
#include <string>

#include "compiler/backends/llvm/names.h"
#include "compiler/backends/llvm/target.h"
#include "runtime/host/program.h"

namespace lrc::backends::llvm {

// How many pieces of code the slots need, not counting what tables serve: the measure of how long
// compiling takes.
[[nodiscard]] std::size_t pieces_of_code(const runtime::Program& program,
                                         std::span<const runtime::Slot> slots);

// void name(i64 step, ptr values, ptr factors): a runtime::CompiledFunction.
void lower_values(Module& module, const runtime::Program& program, const std::string& name);

// double name(i64 step, ptr factors): one slot's value.
void lower_slot(Module& module, const runtime::Program& program, const runtime::Slot& slot,
                const std::string& name);

// What emit.h lists for a family of machines. No output is called as another of these.
void lower_exports(Module& module, const runtime::Program& program, const std::string& name,
                   Family family);

}  // namespace lrc::backends::llvm
