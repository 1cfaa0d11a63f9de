// The door of the library that writes files: the code generators of all targets, and a linker.

#include <llvm/Support/TargetSelect.h>

#include <mutex>

#include "compiler/backends/llvm/file.h"
#include "compiler/backends/llvm/plugin.h"
#include "compiler/backends/llvm/shared.h"
#include "compiler/backends/llvm/target.h"

namespace lrc::backends::llvm {
namespace {

#define LRC_INITIALISE(family)            \
  do {                                    \
    LLVMInitialize##family##TargetInfo(); \
    LLVMInitialize##family##Target();     \
    LLVMInitialize##family##TargetMC();   \
    LLVMInitialize##family##AsmPrinter(); \
  } while (false)

void initialise() {
  initialise_x86_64();
  LRC_INITIALISE(AArch64);
  LRC_INITIALISE(NVPTX);
}

tl::expected<std::string, std::string> emitted(const runtime::Program& program,
                                               const EmitRequest& request) {
  static std::once_flag once;
  std::call_once(once, initialise);
  const auto lock = lock_machines();
  if (request.form != Form::shared) return file_of(program, request);
  EmitRequest part = request;
  part.form = Form::object;
  return file_of(program, part).and_then([&](const std::string& object) {
    return linked_library(object, "lib" + request.name + ".so");
  });
}

std::vector<std::string> names_of_targets() {
  std::vector<std::string> names;
  for (const Target& target : targets()) names.emplace_back(target.name);
  return names;
}

}  // namespace
}  // namespace lrc::backends::llvm

extern "C" __attribute__((visibility("default"))) const lrc::backends::llvm::EmitPlugin*
lrc_emit_plugin() {
  using namespace lrc::backends::llvm;
  static const EmitPlugin plugin = {{}, emitted, names_of_targets};
  return &plugin;
}
