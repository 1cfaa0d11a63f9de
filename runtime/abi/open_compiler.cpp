#include "runtime/abi/open_compiler.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <vector>

namespace lrc::abi {
namespace {

constexpr const char* file_name = "liblrc_compiler.so";

std::vector<std::filesystem::path> folders() {
  std::vector<std::filesystem::path> result;
  if (const char* chosen = secure_getenv("LRC_LIBRARY_PATH")) result.emplace_back(chosen);
  Dl_info info;
  const auto address = reinterpret_cast<const void*>(&open_compiler);
  if (dladdr(address, &info) != 0 && info.dli_fname != nullptr)
    result.push_back(std::filesystem::path(info.dli_fname).parent_path());
  return result;
}

Result<const Compiler*> entered(void* library, const std::filesystem::path& path) {
  const auto entry = reinterpret_cast<CompilerEntry>(dlsym(library, compiler_entry_name));
  const Compiler* compiler = entry == nullptr ? nullptr : entry(LRC_BUILD);
  if (compiler != nullptr) return compiler;
  return refuse(LRC_ENVIRONMENT, path.string() + " belongs to another build of lrc");
}

Result<const Compiler*> opened() {
  std::string text =
      std::string("the compiler is not available: ") + file_name + " is in none of these folders:";
  for (const auto& folder : folders()) {
    const auto path = folder / file_name;
    text += "\n  " + folder.string();
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) continue;
    void* library = dlopen(path.c_str(), RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
    if (library != nullptr) return entered(library, path);
    return refuse(LRC_ENVIRONMENT, std::string("the compiler cannot be opened: ") + dlerror());
  }
  return refuse(LRC_ENVIRONMENT,
                text +
                    "\nset LRC_LIBRARY_PATH to the folder it is in, or load an artifact that is "
                    "bound to the facts of the run (`lrc compile -o`)");
}

}  // namespace

Result<const Compiler*> open_compiler() {
  static const Result<const Compiler*> compiler = opened();
  return compiler;
}

}  // namespace lrc::abi
