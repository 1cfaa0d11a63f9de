#include "compiler/backends/llvm/object.h"

#include <llvm/IR/LegacyPassManager.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>

namespace lrc::backends::llvm {

tl::expected<Bytes, std::string> generate(Module& module, ::llvm::TargetMachine& machine,
                                          ::llvm::CodeGenFileType type) {
  Bytes bytes;
  ::llvm::raw_svector_ostream stream(bytes);
  ::llvm::legacy::PassManager passes;
  if (machine.addPassesToEmitFile(passes, stream, nullptr, type)) {
    return tl::make_unexpected("code of this form cannot be generated for " +
                               module.getTargetTriple());
  }
  passes.run(module);
  return bytes;
}

}  // namespace lrc::backends::llvm
