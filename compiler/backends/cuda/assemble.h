#pragma once
// PTX to machine code of one GPU, by the CUDA Toolkit's ptxas.

#include <string>

#include <tl/expected.hpp>

namespace lrc::backends::cuda {

// A cubin for `architecture`, as in `sm_90`. ptxas is the program that LRC_PTXAS names, or the
// first on PATH. The error says that there is none, or what it said.
[[nodiscard]] tl::expected<std::string, std::string> assemble(const std::string& ptx,
                                                              const std::string& architecture);

}  // namespace lrc::backends::cuda
