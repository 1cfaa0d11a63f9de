#include "compiler/backends/llvm/library.h"

#include <llvm/Bitcode/BitcodeReader.h>
#include <llvm/Linker/Linker.h>
#include <llvm/Support/MemoryBuffer.h>

#include <set>

// A file between two symbols.
#define LRC_CARRY(name, file)                                \
  __asm__(                                                   \
      ".section .rodata\n"                                   \
      ".balign 16\n"                                         \
      ".hidden " name "_begin\n.globl " name "_begin\n" name \
      "_begin:\n"                                            \
      ".incbin \"" file                                      \
      "\"\n"                                                 \
      ".hidden " name "_end\n.globl " name "_end\n" name     \
      "_end:\n"                                              \
      ".byte 0\n"                                            \
      ".text\n")

LRC_CARRY("lrc_bitcode_x86_64", LRC_BITCODE_X86_64);
LRC_CARRY("lrc_bitcode_aarch64", LRC_BITCODE_AARCH64);
LRC_CARRY("lrc_bitcode_nvptx", LRC_BITCODE_NVPTX);

extern "C" {
#define LRC_CARRIED __attribute__((visibility("hidden")))
extern LRC_CARRIED const char lrc_bitcode_x86_64_begin[], lrc_bitcode_x86_64_end[];
extern LRC_CARRIED const char lrc_bitcode_aarch64_begin[], lrc_bitcode_aarch64_end[];
extern LRC_CARRIED const char lrc_bitcode_nvptx_begin[], lrc_bitcode_nvptx_end[];
}

namespace lrc::backends::llvm {
namespace {

// The caller's machine decides, not the one that the bitcode was made for; and code without these
// can be inlined into the caller's.
void adapt(Function& function) {
  for (const char* attribute : {"target-cpu", "target-features", "tune-cpu",
                                "stack-protector-buffer-size", "min-legal-vector-width"}) {
    function.removeFnAttr(attribute);
  }
}

std::string message_of(::llvm::Error error) { return ::llvm::toString(std::move(error)); }

::llvm::StringRef bitcode(Family family) {
  const auto between = [](const char* begin, const char* end) {
    return ::llvm::StringRef(begin, static_cast<std::size_t>(end - begin));
  };
  switch (family) {
    case Family::x86_64: return between(lrc_bitcode_x86_64_begin, lrc_bitcode_x86_64_end);
    case Family::aarch64: return between(lrc_bitcode_aarch64_begin, lrc_bitcode_aarch64_end);
    case Family::nvptx: return between(lrc_bitcode_nvptx_begin, lrc_bitcode_nvptx_end);
  }
  __builtin_unreachable();
}

// Only the index is read here; a function's body when it is linked.
::llvm::Expected<std::unique_ptr<Module>> open(LLVMContext& context, Family family) {
  auto library =
      ::llvm::getLazyBitcodeModule(::llvm::MemoryBufferRef(bitcode(family), "functions"), context);
  if (!library) return library;
  for (Function& function : **library) {
    if (!function.isIntrinsic()) function.setName(library_name(function.getName()));
  }
  return library;
}

}  // namespace

std::string library_name(std::string_view function) { return std::string(function) + "$"; }

tl::expected<void, std::string> link_library(Module& module, Family family) {
  auto library = open(module.getContext(), family);
  if (!library) return tl::make_unexpected(message_of(library.takeError()));
  std::set<const Function*> own;
  for (const Function& function : module) {
    if (!function.isDeclaration()) own.insert(&function);
  }
  // Code that was made for a GPU may be on its way to the host.
  (*library)->setTargetTriple(module.getTargetTriple());
  (*library)->setDataLayout(module.getDataLayout());
  ::llvm::Linker linker(module);
  if (linker.linkInModule(std::move(*library), ::llvm::Linker::LinkOnlyNeeded)) {
    return tl::make_unexpected(std::string("the library of functions cannot be linked"));
  }
  for (Function& function : module) {
    if (function.isDeclaration()) continue;
    if (!own.contains(&function)) adapt(function);
    if (function.getName().ends_with(library_name("")))
      function.setLinkage(::llvm::GlobalValue::InternalLinkage);
  }
  return {};
}

}  // namespace lrc::backends::llvm
