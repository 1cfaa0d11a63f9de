#pragma once
// What the libraries with LLVM in them hand to the loader. All are built from one source tree;
// Layout keeps a library of another build from being used by mistake.

#include <string_view>

#include "compiler/backends/llvm/emit.h"
#include "compiler/backends/llvm/jit.h"

namespace lrc::backends::llvm {

struct Layout {
  std::size_t version = 5;  // of this file
  std::size_t program = sizeof(runtime::Program);
  std::size_t slot = sizeof(runtime::Slot);
  std::string_view sources = LRC_SHARED_SOURCES;  // a digest of all that code is made from
  bool operator==(const Layout&) const = default;
};

struct Plugin {
  Layout layout;
  tl::expected<runtime::CompiledFunction, std::string> (*compile)(const runtime::Program&, Level);
  tl::expected<SlotFunction, std::string> (*compile_slot)(const runtime::Program&, std::size_t,
                                                          Level);
  tl::expected<CurveFunction, std::string> (*compile_curve)(const runtime::Program&, std::size_t,
                                                            Level);
  // See image.h.
  tl::expected<std::string, std::string> (*image)(const runtime::Program&);
  bool (*fits)(const runtime::Program&);
  std::string (*description)();
};

// Of the library that emits files, which has more of LLVM in it.
struct EmitPlugin {
  Layout layout;
  tl::expected<std::string, std::string> (*emit)(const runtime::Program&, const EmitRequest&);
  std::vector<std::string> (*targets)();
};

// The only symbols that the libraries export: functions without arguments that give the address of
// a Plugin and an EmitPlugin.
inline constexpr const char* plugin_entry_name = "lrc_jit_plugin";
inline constexpr const char* emit_plugin_entry_name = "lrc_emit_plugin";

}  // namespace lrc::backends::llvm
