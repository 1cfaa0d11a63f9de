#pragma once
// What the library with LLVM in it hands to the loader. Both are built from one source tree; Layout
// keeps a library of another build from being used by mistake.

#include "compiler/backends/llvm/jit.h"

namespace lrc::backends::llvm {

struct Layout {
  std::size_t version = 2;  // of this file
  std::size_t program = sizeof(runtime::Program);
  std::size_t slot = sizeof(runtime::Slot);
  std::uint64_t sources = LRC_SHARED_SOURCES;  // a digest of the bound program and the arithmetic
  bool operator==(const Layout&) const = default;
};

struct Plugin {
  Layout layout;
  tl::expected<runtime::CompiledFunction, std::string> (*compile)(const runtime::Program&);
  tl::expected<SlotFunction, std::string> (*compile_slot)(const runtime::Program&, std::size_t);
  bool (*fits)(const runtime::Program&);
  std::string (*description)();
};

// The only symbol that the library exports.
using PluginEntry = const Plugin* (*)();
inline constexpr const char* plugin_entry_name = "lrc_jit_plugin";

}  // namespace lrc::backends::llvm
