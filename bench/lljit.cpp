// LLVM alone. `bench_lljit FILE.ll` measures ORC's LLJIT on the functions of a file, which
// `lrc compile --emit llvm` wrote; without an argument the process is over at once.

#include <llvm/Bitcode/BitcodeReader.h>
#include <llvm/Bitcode/BitcodeWriter.h>
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h>
#include <llvm/IR/Module.h>
#include <llvm/IRReader/IRReader.h>
#include <llvm/Support/SourceMgr.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/raw_ostream.h>

#include <memory>
#include <stdexcept>

#include "bench/worker.h"

namespace lrc::bench {
namespace {

namespace orc = llvm::orc;

constexpr const char* measured = "lrc_policy_values";

template <typename Value>
Value taken(llvm::Expected<Value> value) {
  if (!value) throw std::runtime_error(llvm::toString(value.takeError()));
  return std::move(*value);
}

// The one function as bitcode, without what else the file exports.
std::string bitcode_of(const std::string& path) {
  llvm::LLVMContext context;
  llvm::SMDiagnostic problem;
  const auto module = llvm::parseIRFile(path, problem, context);
  if (!module || module->getFunction(measured) == nullptr)
    throw std::runtime_error(path + " has no " + measured);
  std::vector<llvm::GlobalObject*> unused;
  for (llvm::GlobalObject& object : module->global_objects()) {
    if (object.getName() != measured && object.use_empty()) unused.push_back(&object);
  }
  for (llvm::GlobalObject* object : unused) object->eraseFromParent();
  std::string bytes;
  llvm::raw_string_ostream stream(bytes);
  llvm::WriteBitcodeToFile(*module, stream);
  return bytes;
}

// Everything as session.cpp has it, so that only what we do beside LLVM differs.
std::unique_ptr<orc::LLJIT> make_jit() {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  orc::JITTargetMachineBuilder builder{llvm::Triple("x86_64-unknown-linux-gnu")};
  builder.setCPU(__builtin_cpu_supports("x86-64-v4") ? "x86-64-v4" : "x86-64-v3");
  builder.setRelocationModel(llvm::Reloc::PIC_);
  builder.setCodeModel(llvm::CodeModel::Small);
  builder.setCodeGenOptLevel(llvm::CodeGenOptLevel::Default);
  const auto layer = [](orc::ExecutionSession& session,
                        const llvm::Triple&) -> llvm::Expected<std::unique_ptr<orc::ObjectLayer>> {
    return std::make_unique<orc::ObjectLinkingLayer>(session);
  };
  return taken(orc::LLJITBuilder()
                   .setJITTargetMachineBuilder(builder)
                   .setObjectLinkingLayerCreator(layer)
                   .setPlatformSetUp(orc::setUpInactivePlatform)
                   .setLinkProcessSymbolsByDefault(false)
                   .create());
}

using Function = void (*)(std::int64_t, double*, const double*);

Function load(orc::LLJIT& jit, const std::string& bitcode, const std::string& name) {
  auto context = std::make_unique<llvm::LLVMContext>();
  auto module = taken(llvm::parseBitcodeFile(llvm::MemoryBufferRef(bitcode, "policy"), *context));
  module->getFunction(measured)->setName(name);
  if (auto error = jit.addIRModule({std::move(module), std::move(context)}))
    throw std::runtime_error(llvm::toString(std::move(error)));
  return taken(jit.lookup(name)).toPtr<Function>();
}

Body lljit(const std::string& path) {
  return [jit = std::shared_ptr<orc::LLJIT>(make_jit()), bitcode = bitcode_of(path),
          functions = std::int64_t{0}](std::int64_t times) mutable {
    for (; times > 0; --times) {
      double value = 0;
      load(*jit, bitcode, "policy_" + std::to_string(++functions))(0, &value, nullptr);
      keep(value);
    }
  };
}

}  // namespace
}  // namespace lrc::bench

int main(int argc, char** argv) {
  if (argc < 2) return 0;
  lrc::bench::Worker worker;
  worker.add("lljit", [path = std::string(argv[1])] { return lrc::bench::lljit(path); });
  return worker.serve();
}
