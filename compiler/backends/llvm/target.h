#pragma once
// The machines that code is generated for, and LLVM's description of each.

#include <mutex>
#include <span>
#include <string_view>

#include <tl/expected.hpp>

#include "compiler/backends/llvm/emit.h"

namespace llvm {
class TargetMachine;
class TargetOptions;
enum class CodeGenOptLevel;
}  // namespace llvm

namespace lrc::backends::llvm {

enum class Family : std::uint8_t { x86_64, aarch64, nvptx };

struct Target {
  const char* name;  // as a request says it
  Family family;     // whose build of the arithmetic is linked in
  const char* triple;
  const char* cpu;
};

[[nodiscard]] std::span<const Target> targets();
// Null where no target has this name.
[[nodiscard]] const Target* find_target(std::string_view name);
// The level of x86-64 that this machine has.
[[nodiscard]] const Target& host_target();

// Makes LLVM's code for the family known; for others than x86-64 the library that emits does.
void initialise_x86_64();

// Operations that are never fused.
[[nodiscard]] ::llvm::TargetOptions code_options();
[[nodiscard]] ::llvm::CodeGenOptLevel code_generation(Level level);

// One machine for each target and level, made when it is first asked for and kept.
// Position-independent, its constants reached relative to the code. Whoever uses it holds the lock.
[[nodiscard]] tl::expected<::llvm::TargetMachine*, std::string> machine_for(const Target& target,
                                                                            Level level);

// One thread at a time compiles.
[[nodiscard]] std::unique_lock<std::mutex> lock_machines();

}  // namespace lrc::backends::llvm
