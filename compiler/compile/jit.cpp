#include "compiler/backends/llvm/jit.h"

#include "compiler/compile/compile.h"

namespace lrc::compile {

tl::expected<runtime::CompiledFunction, std::string> jit(const runtime::Program& program) {
  return backends::llvm::compile(program);
}

bool too_large_for_jit(const runtime::Program& program) {
  return backends::llvm::available() && !backends::llvm::fits(program);
}

}  // namespace lrc::compile
