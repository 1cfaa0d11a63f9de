#include "compiler/backends/llvm/target.h"

#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Target/TargetMachine.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>

namespace lrc::backends::llvm {
namespace {

constexpr const char* linux_x86_64 = "x86_64-unknown-linux-gnu";
constexpr const char* cuda = "nvptx64-nvidia-cuda";

// LLVM 19 knows the GPUs up to sm_90; the driver and ptxas take its code to later ones. By level
// and not by feature: asking for all of a machine's features slows every compilation.
constexpr Target all_targets[] = {
    {"x86-64", Family::x86_64, linux_x86_64, "x86-64"},
    {"x86-64-v3", Family::x86_64, linux_x86_64, "x86-64-v3"},
    {"x86-64-v4", Family::x86_64, linux_x86_64, "x86-64-v4"},
    {"aarch64", Family::aarch64, "aarch64-unknown-linux-gnu", "generic"},
    {"sm_75", Family::nvptx, cuda, "sm_75"},
    {"sm_80", Family::nvptx, cuda, "sm_80"},
    {"sm_90", Family::nvptx, cuda, "sm_90"},
    {"sm_100", Family::nvptx, cuda, "sm_90"},
    {"sm_120", Family::nvptx, cuda, "sm_90"},
    // The code that a GPU would get, translated for the host: for tests without a GPU.
    {"nvptx-on-x86-64", Family::nvptx, linux_x86_64, "x86-64"},
};

using Machine = std::unique_ptr<::llvm::TargetMachine>;

tl::expected<Machine, std::string> create(const Target& target, Level level) {
  std::string error;
  const auto* description = ::llvm::TargetRegistry::lookupTarget(target.triple, error);
  if (description == nullptr) return tl::make_unexpected(error);
  return Machine(description->createTargetMachine(target.triple, target.cpu, "", code_options(),
                                                  ::llvm::Reloc::PIC_, ::llvm::CodeModel::Small,
                                                  code_generation(level)));
}

}  // namespace

std::span<const Target> targets() { return all_targets; }

const Target* find_target(std::string_view name) {
  const auto* found = std::ranges::find(all_targets, name, &Target::name);
  return found == std::end(all_targets) ? nullptr : found;
}

const Target& host_target() {
  if (__builtin_cpu_supports("x86-64-v4")) return *find_target("x86-64-v4");
  if (__builtin_cpu_supports("x86-64-v3")) return *find_target("x86-64-v3");
  return *find_target("x86-64");
}

void initialise_x86_64() {
  LLVMInitializeX86TargetInfo();
  LLVMInitializeX86Target();
  LLVMInitializeX86TargetMC();
  LLVMInitializeX86AsmPrinter();
}

::llvm::TargetOptions code_options() {
  ::llvm::TargetOptions options;
  options.AllowFPOpFusion = ::llvm::FPOpFusion::Strict;
  return options;
}

::llvm::CodeGenOptLevel code_generation(Level level) {
  return level == Level::quick ? ::llvm::CodeGenOptLevel::None : ::llvm::CodeGenOptLevel::Default;
}

tl::expected<::llvm::TargetMachine*, std::string> machine_for(const Target& target, Level level) {
  static auto& machines = *new std::map<std::pair<const Target*, Level>, Machine>;
  Machine& machine = machines[{&target, level}];
  if (machine == nullptr) {
    auto created = create(target, level);
    if (!created) return tl::make_unexpected(created.error());
    machine = std::move(*created);
  }
  return machine.get();
}

std::unique_lock<std::mutex> lock_machines() {
  static std::mutex mutex;
  return std::unique_lock(mutex);
}

}  // namespace lrc::backends::llvm
