#include "compiler/backends/llvm/module.h"

#include "compiler/backends/llvm/check_ir.h"
#include "compiler/backends/llvm/library.h"
#include "compiler/backends/llvm/optimise.h"

namespace lrc::backends::llvm {

std::unique_ptr<Module> new_module(LLVMContext& context, const Target& target,
                                   const ::llvm::DataLayout& layout) {
  auto module = std::make_unique<Module>("lrc", context);
  module->setDataLayout(layout);
  module->setTargetTriple(target.triple);
  return module;
}

tl::expected<void, std::string> complete(Module& module, const Target& target, Level level) {
  if (auto linked = link_library(module, target.family); !linked) return linked;
  optimise(module, level);
  return check_ir(module).map_error(
      [](const std::string& problem) { return "the generated code is refused: " + problem; });
}

}  // namespace lrc::backends::llvm
