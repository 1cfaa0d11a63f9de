#pragma once
// Machine code as one piece of memory that runs wherever it is mapped: code and constants, with
// every reference relative. It needs no linker and no library.
//
// An image begins with 64 bytes: the offset of the function of a runtime::CompiledFunction in the
// image as a little-endian 64-bit number, then zeros. To be mapped at the start of a page, readable
// and executable.

#include "compiler/backends/llvm/object.h"

namespace lrc::backends::llvm {

// Of an object file that exports `function`. Refused where the code would have to be changed when
// it is mapped: a reference that is not relative, or one to the outside.
[[nodiscard]] tl::expected<std::string, std::string> image_of(const Bytes& object,
                                                              const std::string& function);

}  // namespace lrc::backends::llvm
