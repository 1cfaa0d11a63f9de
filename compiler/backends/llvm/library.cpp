#include "compiler/backends/llvm/library.h"

#include <llvm/Bitcode/BitcodeReader.h>
#include <llvm/Linker/Linker.h>
#include <llvm/Support/MemoryBuffer.h>

#include <set>

// The file that LRC_BITCODE names, between two symbols.
__asm__(
    ".section .rodata\n"
    ".balign 16\n"
    ".hidden lrc_bitcode_begin\n"
    ".globl lrc_bitcode_begin\n"
    "lrc_bitcode_begin:\n"
    ".incbin \"" LRC_BITCODE
    "\"\n"
    ".hidden lrc_bitcode_end\n"
    ".globl lrc_bitcode_end\n"
    "lrc_bitcode_end:\n"
    ".byte 0\n"
    ".text\n");
extern "C" __attribute__((visibility("hidden"))) const char lrc_bitcode_begin[];
extern "C" __attribute__((visibility("hidden"))) const char lrc_bitcode_end[];

namespace lrc::backends::llvm {
namespace {

// The caller's machine decides, not the one that the bitcode was made for; and code without these
// can be inlined into the caller's.
void adapt(Function& function) {
  function.setLinkage(::llvm::GlobalValue::InternalLinkage);
  for (const char* attribute : {"target-cpu", "target-features", "tune-cpu",
                                "stack-protector-buffer-size", "min-legal-vector-width"}) {
    function.removeFnAttr(attribute);
  }
}

std::string message_of(::llvm::Error error) { return ::llvm::toString(std::move(error)); }

// Only the index is read here; a function's body when it is linked.
::llvm::Expected<std::unique_ptr<Module>> open(LLVMContext& context) {
  const auto size = static_cast<std::size_t>(lrc_bitcode_end - lrc_bitcode_begin);
  const ::llvm::MemoryBufferRef bytes(::llvm::StringRef(lrc_bitcode_begin, size), "functions");
  return ::llvm::getLazyBitcodeModule(bytes, context);
}

}  // namespace

tl::expected<void, std::string> link_library(Module& module) {
  auto library = open(module.getContext());
  if (!library) return tl::make_unexpected(message_of(library.takeError()));
  std::set<const Function*> own;
  for (const Function& function : module) {
    if (!function.isDeclaration()) own.insert(&function);
  }
  (*library)->setTargetTriple(module.getTargetTriple());
  ::llvm::Linker linker(module);
  if (linker.linkInModule(std::move(*library), ::llvm::Linker::LinkOnlyNeeded)) {
    return tl::make_unexpected(std::string("the library of functions cannot be linked"));
  }
  for (Function& function : module) {
    if (!function.isDeclaration() && !own.contains(&function)) adapt(function);
  }
  return {};
}

}  // namespace lrc::backends::llvm
