// Finds and opens the library with LLVM in it, once per process. It is never closed again: compiled
// code must stay.

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <vector>

#include "compiler/backends/llvm/plugin.h"

namespace lrc::backends::llvm {
namespace {

using Folder = std::filesystem::path;
using Opened = tl::expected<const Plugin*, std::string>;

constexpr const char* library_name = "liblrc_jit.so";

// The folder of the executable or shared library that this code was linked into.
Folder own_folder() {
  Dl_info info;
  const auto address = reinterpret_cast<const void*>(&own_folder);
  if (dladdr(address, &info) == 0 || info.dli_fname == nullptr) return {};
  return Folder(info.dli_fname).parent_path();
}

Folder executable_folder() {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
}

std::vector<Folder> folders() {
  std::vector<Folder> result;
  if (const char* chosen = secure_getenv("LRC_LIBRARY_PATH")) result.emplace_back(chosen);
  if (const Folder folder = executable_folder(); !folder.empty()) {
    result.push_back((folder / ".." / "lib").lexically_normal());
  }
  if (const Folder folder = own_folder(); !folder.empty()) result.push_back(folder);
  return result;
}

Opened plugin_of(void* library, const Folder& path) {
  const auto entry = reinterpret_cast<PluginEntry>(dlsym(library, plugin_entry_name));
  const Plugin* plugin = entry == nullptr ? nullptr : entry();
  if (plugin != nullptr && plugin->layout == Layout{}) return plugin;
  return tl::make_unexpected(path.string() + " belongs to another build of lrc");
}

// Tries the folders in turn. A library that is there but cannot be used ends the search: going on
// would hide why.
Opened open_library() {
  std::string text = "the JIT compiler is not available: " + std::string(library_name) +
                     " is in none of these folders:";
  for (const Folder& folder : folders()) {
    const Folder path = folder / library_name;
    std::error_code ignored;
    text += "\n  " + folder.string();
    if (!std::filesystem::exists(path, ignored)) continue;
    void* library = dlopen(path.c_str(), RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
    if (library != nullptr) return plugin_of(library, path);
    return tl::make_unexpected("the JIT compiler cannot be opened: " + std::string(dlerror()));
  }
  return tl::make_unexpected(text + "\nset LRC_LIBRARY_PATH to the folder it is in");
}

const Opened& opened() {
  static const Opened plugin = open_library();
  return plugin;
}

}  // namespace

tl::expected<runtime::CompiledFunction, std::string> compile(const runtime::Program& program) {
  return opened().and_then([&](const Plugin* plugin) { return plugin->compile(program); });
}

tl::expected<SlotFunction, std::string> compile_slot(const runtime::Program& program,
                                                     std::size_t slot) {
  return opened().and_then(
      [&](const Plugin* plugin) { return plugin->compile_slot(program, slot); });
}

bool fits(const runtime::Program& program) {
  return opened().has_value() && (*opened())->fits(program);
}

bool available() { return opened().has_value(); }

std::string description() { return opened() ? (*opened())->description() : opened().error(); }

}  // namespace lrc::backends::llvm
