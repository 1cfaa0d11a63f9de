#pragma once
// Objects linked to a shared library, by lld.

#include <string>

#include <tl/expected.hpp>

namespace lrc::backends::llvm {

// `name` becomes the library's own name (soname). One thread at a time.
[[nodiscard]] tl::expected<std::string, std::string> linked_library(const std::string& object,
                                                                    const std::string& name);

}  // namespace lrc::backends::llvm
