#include "compiler/backends/llvm/session.h"

#include <llvm/Config/llvm-config.h>
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h>
#include <llvm/Support/TargetSelect.h>

#include <memory>
#include <mutex>

#include "compiler/backends/llvm/check_ir.h"
#include "compiler/backends/llvm/library.h"
#include "compiler/backends/llvm/optimise.h"

// What LLVM calls for 128-bit integers. They are part of this library; declared only for their
// addresses.
extern "C" {
void __divti3();
void __modti3();
void __udivti3();
void __umodti3();
void __floattidf();
}

namespace lrc::backends::llvm {
namespace {

namespace orc = ::llvm::orc;
using ::llvm::Expected;

// By name and not by feature: asking for all of the machine's features costs time once and slows
// every compilation.
const char* machine_level() {
  if (__builtin_cpu_supports("x86-64-v4")) return "x86-64-v4";
  if (__builtin_cpu_supports("x86-64-v3")) return "x86-64-v3";
  return "x86-64";
}

// Position-independent code that reaches its constants relative to itself, and operations that are
// never fused.
orc::JITTargetMachineBuilder target_machine() {
  orc::JITTargetMachineBuilder builder(::llvm::Triple("x86_64-unknown-linux-gnu"));
  builder.setCPU(machine_level());
  builder.setRelocationModel(::llvm::Reloc::PIC_);
  builder.setCodeModel(::llvm::CodeModel::Small);
  builder.setCodeGenOptLevel(::llvm::CodeGenOptLevel::Default);
  builder.getOptions().AllowFPOpFusion = ::llvm::FPOpFusion::Strict;
  return builder;
}

using Layer = Expected<std::unique_ptr<orc::ObjectLayer>>;

// Our code neither throws nor is thrown through: nothing needs to know how to unwind it.
Layer linking_layer(orc::ExecutionSession& session, const ::llvm::Triple&) {
  return std::make_unique<orc::ObjectLinkingLayer>(session);
}

orc::SymbolMap integer_functions(orc::LLJIT& jit) {
  orc::SymbolMap map;
  const auto add = [&](const char* name, void (*function)()) {
    map[jit.mangleAndIntern(name)] = {orc::ExecutorAddr::fromPtr(function),
                                      ::llvm::JITSymbolFlags::Exported};
  };
  add("__divti3", __divti3);
  add("__modti3", __modti3);
  add("__udivti3", __udivti3);
  add("__umodti3", __umodti3);
  add("__floattidf", __floattidf);
  return map;
}

Expected<std::unique_ptr<orc::LLJIT>> create_jit() {
  LLVMInitializeX86TargetInfo();
  LLVMInitializeX86Target();
  LLVMInitializeX86TargetMC();
  LLVMInitializeX86AsmPrinter();
  auto jit = orc::LLJITBuilder()
                 .setJITTargetMachineBuilder(target_machine())
                 .setObjectLinkingLayerCreator(linking_layer)
                 .setPlatformSetUp(orc::setUpInactivePlatform)
                 .setLinkProcessSymbolsByDefault(false)
                 .create();
  if (!jit) return jit.takeError();
  auto defined = (*jit)->getMainJITDylib().define(orc::absoluteSymbols(integer_functions(**jit)));
  if (defined) return defined;
  return jit;
}

template <typename Result>
tl::unexpected<std::string> failure(Expected<Result>& result) {
  return tl::make_unexpected(::llvm::toString(result.takeError()));
}

class Session {
 public:
  explicit Session(std::unique_ptr<orc::LLJIT> jit) : jit_(std::move(jit)) {}

  tl::expected<void*, std::string> compile_module(const Lowering& lowering) {
    const std::scoped_lock lock(mutex_);
    const std::string name = "lrc_program_" + std::to_string(++programs_);
    auto context = std::make_unique<LLVMContext>();
    auto module = std::make_unique<Module>(name, *context);
    module->setDataLayout(jit_->getDataLayout());
    module->setTargetTriple(jit_->getTargetTriple().str());
    lowering(*module, name);
    if (auto linked = link_library(*module); !linked) return tl::make_unexpected(linked.error());
    optimise(*module);
    if (auto checked = check_ir(*module); !checked) {
      return tl::make_unexpected("the generated code is refused: " + checked.error());
    }
    return load({std::move(module), std::move(context)}, name);
  }

 private:
  tl::expected<void*, std::string> load(orc::ThreadSafeModule module, const std::string& name) {
    if (auto error = jit_->addIRModule(std::move(module))) {
      return tl::make_unexpected(::llvm::toString(std::move(error)));
    }
    auto address = jit_->lookup(name);
    if (!address) return failure(address);
    return address->toPtr<void*>();
  }

  std::mutex mutex_;
  std::unique_ptr<orc::LLJIT> jit_;
  std::uint64_t programs_ = 0;
};

// Never destroyed: threads may run compiled code until the process is gone.
tl::expected<Session*, std::string> session() {
  static const auto created = []() -> tl::expected<Session*, std::string> {
    auto jit = create_jit();
    if (!jit) return failure(jit);
    return new Session(std::move(*jit));
  }();
  return created;
}

}  // namespace

tl::expected<void*, std::string> compile_module(const Lowering& lowering) {
  return session().and_then([&](Session* open) { return open->compile_module(lowering); });
}

std::string session_description() {
  return std::string("LLVM ") + LLVM_VERSION_STRING + " for " + machine_level();
}

}  // namespace lrc::backends::llvm
