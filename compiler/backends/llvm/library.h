#pragma once
// The functions of functions.cpp, carried as bitcode, for the modules that call them.

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "compiler/backends/llvm/names.h"
#include "compiler/backends/llvm/target.h"

namespace lrc::backends::llvm {

// What a function of functions.cpp is called in a module: never as an identifier of C is, so that
// no name of a policy can be its name.
[[nodiscard]] std::string library_name(std::string_view function);

// Adds the functions that the module calls, and those alone, as functions of its own. What they
// call in their turn and do not bring along, the module defines under its library_name.
[[nodiscard]] tl::expected<void, std::string> link_library(Module& module, Family family);

}  // namespace lrc::backends::llvm
