#pragma once

#include <cstdint>

namespace lrc::backends::llvm {

// How code is generated. Both give the same bits: `quick` does not optimise.
enum class Level : std::uint8_t { quick, optimised };

}  // namespace lrc::backends::llvm
