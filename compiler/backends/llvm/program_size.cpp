#include "compiler/backends/llvm/program_size.h"

#include "compiler/backends/llvm/jit.h"
#include "compiler/backends/llvm/program_lowering.h"

namespace lrc::backends::llvm {

tl::expected<void, std::string> check_size(const runtime::Program& program,
                                           std::span<const runtime::Slot> slots) {
  const std::size_t pieces = pieces_of_code(program, slots);
  if (pieces <= maximum_pieces) return {};
  return tl::make_unexpected("code is made of programs of up to " + std::to_string(maximum_pieces) +
                             " pieces, and this one has " + std::to_string(pieces) +
                             ": cycles with bodies of their own count one each. The interpreter "
                             "gives the same values");
}

}  // namespace lrc::backends::llvm
