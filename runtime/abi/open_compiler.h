#pragma once
// Finds liblrc_compiler: in LRC_LIBRARY_PATH, or beside this library.

#include "runtime/abi/compiler.h"

namespace lrc::abi {

// Opened once, at the first call, and never closed: what it compiled must stay. Safe from several
// threads. The refusal says where it was looked for.
[[nodiscard]] Result<const Compiler*> open_compiler();

}  // namespace lrc::abi
