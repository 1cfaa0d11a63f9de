// The library's only door.

#include "compiler/backends/llvm/plugin.h"

#include <mutex>
#include <span>

#include "compiler/backends/llvm/file.h"
#include "compiler/backends/llvm/program_lowering.h"
#include "compiler/backends/llvm/program_size.h"
#include "compiler/backends/llvm/session.h"
#include "compiler/backends/llvm/stretch_lowering.h"
#include "compiler/backends/llvm/target.h"

namespace lrc::backends::llvm {
namespace {

bool fits_whole(const runtime::Program& program) {
  return check_size(program, program.slots).has_value();
}

tl::expected<runtime::CompiledFunction, std::string> compile_values(const runtime::Program& program,
                                                                    Level level) {
  if (auto checked = check_size(program, program.slots); !checked) {
    return tl::make_unexpected(checked.error());
  }
  return compile_module(
             [&](Module& module, const std::string& name) { lower_values(module, program, name); },
             level)
      .map([](void* address) { return reinterpret_cast<runtime::CompiledFunction>(address); });
}

tl::expected<void, std::string> check_slot(const runtime::Program& program, std::size_t slot) {
  if (slot >= program.slots.size()) {
    return tl::make_unexpected("slot " + std::to_string(slot) + " of a program with " +
                               std::to_string(program.slots.size()));
  }
  return check_size(program, std::span(&program.slots[slot], 1));
}

tl::expected<SlotFunction, std::string> compile_one_slot(const runtime::Program& program,
                                                         std::size_t slot, Level level) {
  if (auto checked = check_slot(program, slot); !checked) {
    return tl::make_unexpected(checked.error());
  }
  return compile_module(
             [&](Module& module, const std::string& name) {
               lower_slot(module, program, program.slots[slot], name);
             },
             level)
      .map([](void* address) { return reinterpret_cast<SlotFunction>(address); });
}

tl::expected<CurveFunction, std::string> compile_stretch(const runtime::Program& program,
                                                         std::size_t slot, Level level) {
  if (auto checked = check_slot(program, slot); !checked) {
    return tl::make_unexpected(checked.error());
  }
  return compile_module(
             [&](Module& module, const std::string& name) {
               lower_stretch(module, program, program.slots[slot], name);
             },
             level)
      .map([](void* address) { return reinterpret_cast<CurveFunction>(address); });
}

tl::expected<std::string, std::string> host_image(const runtime::Program& program) {
  const auto lock = lock_machines();
  initialise_x86_64();
  EmitRequest request;
  request.form = Form::image;
  request.target = host_target().name;
  return file_of(program, request);
}

}  // namespace
}  // namespace lrc::backends::llvm

extern "C" __attribute__((visibility("default"))) const lrc::backends::llvm::Plugin*
lrc_jit_plugin() {
  using namespace lrc::backends::llvm;
  static const Plugin plugin = {{},         compile_values, compile_one_slot,   compile_stretch,
                                host_image, fits_whole,     session_description};
  return &plugin;
}
