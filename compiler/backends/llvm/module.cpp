#include "compiler/backends/llvm/module.h"

#include "compiler/backends/llvm/check_ir.h"
#include "compiler/backends/llvm/library.h"
#include "compiler/backends/llvm/optimise.h"
#include "compiler/backends/llvm/vectorise.h"

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
  const auto refuse = [](const std::string& problem) {
    return "the generated code is refused: " + problem;
  };
  auto checked = check_ir(module).map_error(refuse);
  const bool vectors =
      level == Level::optimised && target.family != Family::nvptx && has_marked(module);
  if (!checked || !vectors) return checked;
  return machine_for(target, level)
      .and_then([&](auto* machine) { return vectorise(module, *machine); })
      .map_error(refuse);
}

}  // namespace lrc::backends::llvm
