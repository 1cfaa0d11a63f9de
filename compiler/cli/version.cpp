#include "compiler/cli/version.h"

#include <fmt/format.h>

#include "compiler/backends/llvm/jit.h"

namespace lrc::cli {

std::string version_text() {
  const std::string jit = backends::llvm::available() ? backends::llvm::description() : "not found";
  return fmt::format("lrc {}\nhash version lrc1\nbackends: interp, jit ({})", LRC_VERSION, jit);
}

}  // namespace lrc::cli
