#include "compiler/backends/llvm/session.h"

#include <llvm/Config/llvm-config.h>
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h>

#include <memory>

#include "compiler/backends/llvm/module.h"

namespace lrc::backends::llvm {
namespace {

namespace orc = ::llvm::orc;
using ::llvm::Expected;

orc::JITTargetMachineBuilder builder_for(Level level) {
  const Target& target = host_target();
  orc::JITTargetMachineBuilder builder{::llvm::Triple(target.triple)};
  builder.setCPU(target.cpu);
  builder.setRelocationModel(::llvm::Reloc::PIC_);
  builder.setCodeModel(::llvm::CodeModel::Small);
  builder.setCodeGenOptLevel(code_generation(level));
  builder.getOptions() = code_options();
  return builder;
}

using Layer = Expected<std::unique_ptr<orc::ObjectLayer>>;

// Our code neither throws nor is thrown through: nothing needs to know how to unwind it.
Layer linking_layer(orc::ExecutionSession& session, const ::llvm::Triple&) {
  return std::make_unique<orc::ObjectLinkingLayer>(session);
}

Expected<std::unique_ptr<orc::LLJIT>> create_jit(Level level) {
  initialise_x86_64();
  return orc::LLJITBuilder()
      .setJITTargetMachineBuilder(builder_for(level))
      .setObjectLinkingLayerCreator(linking_layer)
      .setPlatformSetUp(orc::setUpInactivePlatform)
      .setLinkProcessSymbolsByDefault(false)
      .create();
}

template <typename Result>
tl::unexpected<std::string> failure(Expected<Result>& result) {
  return tl::make_unexpected(::llvm::toString(result.takeError()));
}

class Session {
 public:
  Session(std::unique_ptr<orc::LLJIT> jit, Level level) : jit_(std::move(jit)), level_(level) {}

  tl::expected<void*, std::string> compile_module(const Lowering& lowering) {
    const auto lock = lock_machines();
    const std::string name = "lrc_program_" + std::to_string(++programs_);
    auto context = std::make_unique<LLVMContext>();
    auto module = new_module(*context, host_target(), jit_->getDataLayout());
    lowering(*module, name);
    if (auto completed = complete(*module, host_target(), level_); !completed) {
      return tl::make_unexpected(completed.error());
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

  std::unique_ptr<orc::LLJIT> jit_;
  Level level_;
  std::uint64_t programs_ = 0;
};

using Opened = tl::expected<Session*, std::string>;

// Never destroyed: threads may run compiled code until the process is gone.
Opened open(Level level) {
  auto jit = create_jit(level);
  if (!jit) return failure(jit);
  return new Session(std::move(*jit), level);
}

const Opened& session(Level level) {
  if (level == Level::quick) {
    static const Opened quick = open(Level::quick);
    return quick;
  }
  static const Opened optimised = open(Level::optimised);
  return optimised;
}

}  // namespace

tl::expected<void*, std::string> compile_module(const Lowering& lowering, Level level) {
  return session(level).and_then([&](Session* open) { return open->compile_module(lowering); });
}

std::string session_description() {
  return std::string("LLVM ") + LLVM_VERSION_STRING + " for " + host_target().name;
}

}  // namespace lrc::backends::llvm
