#pragma once
// The functions of functions.cpp, carried as bitcode, for the modules that call them.

#include <string>

#include <tl/expected.hpp>

#include "compiler/backends/llvm/names.h"
#include "compiler/backends/llvm/target.h"

namespace lrc::backends::llvm {

// Adds the functions that the module calls, and those alone, as functions of its own.
[[nodiscard]] tl::expected<void, std::string> link_library(Module& module, Family family);

}  // namespace lrc::backends::llvm
