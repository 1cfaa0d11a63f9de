// The library's only door.

#include "compiler/backends/llvm/plugin.h"

#include <span>

#include "compiler/backends/llvm/program_lowering.h"
#include "compiler/backends/llvm/session.h"

namespace lrc::backends::llvm {
namespace {

tl::expected<void, std::string> check_size(const runtime::Program& program,
                                           std::span<const runtime::Slot> slots) {
  const std::size_t pieces = pieces_of_code(program, slots);
  if (pieces <= maximum_pieces) return {};
  return tl::make_unexpected("the JIT compiler takes programs of up to " +
                             std::to_string(maximum_pieces) + " pieces of code, and this one has " +
                             std::to_string(pieces) +
                             ": cycles with bodies of their own count one each. The interpreter "
                             "gives the same values");
}

bool fits_whole(const runtime::Program& program) {
  return check_size(program, program.slots).has_value();
}

tl::expected<runtime::CompiledFunction, std::string> compile_values(
    const runtime::Program& program) {
  if (auto checked = check_size(program, program.slots); !checked) {
    return tl::make_unexpected(checked.error());
  }
  return compile_module(
             [&](Module& module, const std::string& name) { lower_values(module, program, name); })
      .map([](void* address) { return reinterpret_cast<runtime::CompiledFunction>(address); });
}

tl::expected<SlotFunction, std::string> compile_one_slot(const runtime::Program& program,
                                                         std::size_t slot) {
  if (slot >= program.slots.size()) {
    return tl::make_unexpected("slot " + std::to_string(slot) + " of a program with " +
                               std::to_string(program.slots.size()));
  }
  const std::span<const runtime::Slot> only(&program.slots[slot], 1);
  if (auto checked = check_size(program, only); !checked) {
    return tl::make_unexpected(checked.error());
  }
  return compile_module([&](Module& module, const std::string& name) {
           lower_slot(module, program, program.slots[slot], name);
         })
      .map([](void* address) { return reinterpret_cast<SlotFunction>(address); });
}

}  // namespace
}  // namespace lrc::backends::llvm

extern "C" __attribute__((visibility("default"))) const lrc::backends::llvm::Plugin*
lrc_jit_plugin() {
  using namespace lrc::backends::llvm;
  static const Plugin plugin = {
      {}, compile_values, compile_one_slot, fits_whole, session_description};
  return &plugin;
}
