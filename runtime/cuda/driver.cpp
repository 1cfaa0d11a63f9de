#include "runtime/cuda/driver.h"

#include <dlfcn.h>

#include <cstdlib>
#include <mutex>
#include <optional>

namespace lrc::cuda {
namespace {

const char* file_name() {
  const char* chosen = secure_getenv("LRC_CUDA_DRIVER");
  return chosen == nullptr || *chosen == '\0' ? "libcuda.so.1" : chosen;
}

template <class Pointer>
void find(void* library, const char* symbol, Pointer& function, std::string& missing) {
  function = reinterpret_cast<Pointer>(::dlsym(library, symbol));
  if (function == nullptr) missing += std::string(" ") + symbol;
}

tl::expected<Driver, std::string> opened() {
  const char* file = file_name();
  void* library = ::dlopen(file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr)
    return tl::unexpected(std::string("the CUDA driver cannot be opened: ") + ::dlerror() +
                          "\nit comes with NVIDIA's driver, not with the CUDA toolkit: see that "
                          "`nvidia-smi` works, and in a container that the GPU is given to it; "
                          "LRC_CUDA_DRIVER may name the file if it is elsewhere");
  Driver driver;
  std::string missing;
#define LRC_FIND(name, symbol, arguments) find(library, symbol, driver.name, missing);
  LRC_DRIVER_FUNCTIONS(LRC_FIND)
#undef LRC_FIND
  if (missing.empty()) return driver;
  ::dlclose(library);
  return tl::unexpected(std::string("the CUDA driver ") + file + " is too old: it lacks" + missing +
                        "\ninstall a driver of CUDA 11.0 or later");
}

}  // namespace

tl::expected<const Driver*, std::string> Driver::open() {
  static std::mutex mutex;
  static std::optional<Driver> driver;
  const std::lock_guard lock(mutex);
  if (driver) return &*driver;
  auto found = opened();
  if (!found) return tl::unexpected(std::move(found.error()));
  driver = *found;
  return &*driver;
}

std::string Driver::told(const char* function, Code code) const {
  const char* name = nullptr;
  const char* text = nullptr;
  static_cast<void>(error_name(code, &name));
  static_cast<void>(error_text(code, &text));
  std::string result = std::string(function) + " gave " + std::to_string(code);
  if (name != nullptr) result += std::string(" (") + name + ")";
  if (text != nullptr) result += std::string(": ") + text;
  return result;
}

}  // namespace lrc::cuda
