// Finds and opens the libraries with LLVM in them, each once per process, and code that was
// compiled before. They are never closed again: compiled code must stay.

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>
#include <system_error>
#include <vector>

#include "compiler/backends/llvm/code_cache.h"
#include "compiler/backends/llvm/plugin.h"
#include "runtime/arithmetic/environment.h"
#include "runtime/artifact/native_code.h"
#include "runtime/artifact/program_bytes.h"

namespace lrc::backends::llvm {
namespace {

using Folder = std::filesystem::path;
template <typename Plugin>
using Opened = tl::expected<const Plugin*, std::string>;

struct Library {
  const char* file;
  const char* entry;
  const char* purpose;  // as a sentence calls it
};
constexpr Library jit_library = {"liblrc_jit.so", plugin_entry_name, "the JIT compiler"};
constexpr Library emit_library = {"liblrc_emit.so", emit_plugin_entry_name,
                                  "the compiler that writes files"};

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

template <typename Plugin>
Opened<Plugin> plugin_of(void* library, const char* entry_name, const Folder& path) {
  const auto entry = reinterpret_cast<const Plugin* (*)()>(dlsym(library, entry_name));
  const Plugin* plugin = entry == nullptr ? nullptr : entry();
  if (plugin != nullptr && plugin->layout == Layout{}) return plugin;
  return tl::make_unexpected(path.string() + " belongs to another build of lrc");
}

// Tries the folders in turn. A library that is there but cannot be used ends the search: going on
// would hide why.
template <typename Plugin>
Opened<Plugin> open_library(const Library& wanted) {
  const std::string purpose = wanted.purpose;
  std::string text =
      purpose + " is not available: " + wanted.file + " is in none of these folders:";
  for (const Folder& folder : folders()) {
    const Folder path = folder / wanted.file;
    std::error_code ignored;
    text += "\n  " + folder.string();
    if (!std::filesystem::exists(path, ignored)) continue;
    void* library = dlopen(path.c_str(), RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
    if (library != nullptr) return plugin_of<Plugin>(library, wanted.entry, path);
    return tl::make_unexpected(purpose + " cannot be opened: " + std::string(dlerror()));
  }
  return tl::make_unexpected(text + "\nset LRC_LIBRARY_PATH to the folder it is in");
}

const Opened<Plugin>& opened() {
  static const auto plugin = open_library<Plugin>(jit_library);
  return plugin;
}

const Opened<EmitPlugin>& opened_emit() {
  static const auto plugin = open_library<EmitPlugin>(emit_library);
  return plugin;
}

using Function = tl::expected<runtime::CompiledFunction, std::string>;

// All that the code depends on.
runtime::Digest key_of(const runtime::Program& program) {
  std::string text = LRC_SHARED_SOURCES;
  text += '\n' + runtime::machine_target() + '\n';
  return runtime::sha256(text + runtime::write_program(program));
}

// Code from the cache that this process has in memory, for as long as it lives.
class Mapped {
 public:
  runtime::CompiledFunction find(const runtime::Digest& key) {
    const std::scoped_lock lock(mutex_);
    const auto found = code_.find(key);
    return found == code_.end() ? nullptr : found->second.values();
  }
  // Null where the image cannot be mapped. If another thread was first, its code stays.
  runtime::CompiledFunction add(const runtime::Digest& key, const std::string& image) {
    auto code = runtime::NativeCode::map(image);
    if (!code) return nullptr;
    const std::scoped_lock lock(mutex_);
    return code_.try_emplace(key, std::move(*code)).first->second.values();
  }

 private:
  std::mutex mutex_;
  std::map<runtime::Digest, runtime::NativeCode> code_;
};

// Never destroyed: compiled code must stay.
Mapped& mapped() {
  static auto& all = *new Mapped;
  return all;
}

Function compile_by_plugin(const runtime::Program& program, Level level) {
  return opened().and_then([&](const Plugin* plugin) { return plugin->compile(program, level); });
}

Function compile_into(const CodeCache& cache, const runtime::Digest& key,
                      const runtime::Program& program) {
  const auto image =
      opened().and_then([&](const Plugin* plugin) { return plugin->image(program); });
  if (!image) return compile_by_plugin(program, Level::optimised);
  cache.store(key, *image);
  if (const auto function = mapped().add(key, *image)) return function;
  return compile_by_plugin(program, Level::optimised);
}

}  // namespace

// What is known of a program is computed when it is translated: in the environment of lrc1, so that
// the code, which others may get from the cache, is the same whatever the caller's is.

// The library with LLVM is opened only if the code is nowhere yet.
Function compile(const runtime::Program& program, Level level) {
  const runtime::ArithmeticEnvironment environment;
  const auto cache = level == Level::optimised ? CodeCache::from_environment() : std::nullopt;
  if (!cache) return compile_by_plugin(program, level);
  const runtime::Digest key = key_of(program);
  if (const auto function = mapped().find(key)) return function;
  if (const auto image = cache->find(key)) {
    if (const auto function = mapped().add(key, *image)) return function;
  }
  return compile_into(*cache, key, program);
}

tl::expected<SlotFunction, std::string> compile_slot(const runtime::Program& program,
                                                     std::size_t slot, Level level) {
  const runtime::ArithmeticEnvironment environment;
  return opened().and_then(
      [&](const Plugin* plugin) { return plugin->compile_slot(program, slot, level); });
}

tl::expected<CurveFunction, std::string> compile_curve(const runtime::Program& program,
                                                       std::size_t slot, Level level) {
  return opened().and_then(
      [&](const Plugin* plugin) { return plugin->compile_curve(program, slot, level); });
}

bool fits(const runtime::Program& program) {
  return opened().has_value() && (*opened())->fits(program);
}

bool available() { return opened().has_value(); }

std::string description() { return opened() ? (*opened())->description() : opened().error(); }

tl::expected<std::string, std::string> emit(const runtime::Program& program,
                                            const EmitRequest& request) {
  const runtime::ArithmeticEnvironment environment;
  return opened_emit().and_then(
      [&](const EmitPlugin* plugin) { return plugin->emit(program, request); });
}

std::vector<std::string> emit_targets() {
  return opened_emit() ? (*opened_emit())->targets() : std::vector<std::string>{};
}

}  // namespace lrc::backends::llvm
