#pragma once
// The modules of stdlib/, embedded as text. A definition is compiled by the ordinary path when it
// is first named: reading all of them takes longer than anything else that `check` does.

#include <string_view>
#include <vector>

#include "compiler/check/library.h"

namespace lrc::compile {

struct Module {
  std::string_view name;
  std::string_view text;
};
[[nodiscard]] const std::vector<Module>& standard_modules();

// A definition that does not compile is a bug and ends the process.
[[nodiscard]] const check::Definitions& standard_library();

}  // namespace lrc::compile
