#pragma once
// The modules of stdlib/, embedded as text and compiled by the ordinary path on first use.

#include <string_view>
#include <vector>

#include "compiler/check/library.h"

namespace lrc::compile {

struct Module {
  std::string_view name;
  std::string_view text;
};
[[nodiscard]] const std::vector<Module>& standard_modules();

// Compiled once per process. A module that does not compile is a bug and ends the process.
[[nodiscard]] const check::Library& standard_library();

}  // namespace lrc::compile
