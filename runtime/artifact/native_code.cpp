#include "runtime/artifact/native_code.h"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "runtime/artifact/bytes.h"

namespace lrc::runtime {
namespace {

constexpr std::size_t head_size = 64;

// From the one that asks for least on.
#if defined(__x86_64__)
constexpr std::array<std::string_view, 3> levels = {"x86-64", "x86-64-v3", "x86-64-v4"};

std::size_t levels_here() {
  if (__builtin_cpu_supports("x86-64-v4") != 0) return 3;
  return __builtin_cpu_supports("x86-64-v3") != 0 ? 2 : 1;
}
#elif defined(__aarch64__)
constexpr std::array<std::string_view, 1> levels = {"aarch64"};
std::size_t levels_here() { return 1; }
#else
constexpr std::array<std::string_view, 0> levels = {};
std::size_t levels_here() { return 0; }
#endif

}  // namespace

std::string machine_target() {
  const std::size_t count = levels_here();
  return count == 0 ? std::string() : std::string(levels[count - 1]);
}

bool runs_here(std::string_view target) {
  const auto end = levels.begin() + static_cast<std::ptrdiff_t>(levels_here());
  return std::find(levels.begin(), end, target) != end;
}

tl::expected<NativeCode, std::string> NativeCode::map(std::string_view image) {
  const auto entry = ByteReader(image).number<std::uint64_t>();
  if (entry < head_size || entry >= image.size())
    return tl::unexpected(std::string("the code does not say where its function begins"));
  void* memory =
      ::mmap(nullptr, image.size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return tl::unexpected(std::generic_category().message(errno));
  NativeCode code(std::span(static_cast<std::byte*>(memory), image.size()), entry);
  std::memcpy(memory, image.data(), image.size());
  if (::mprotect(memory, image.size(), PROT_READ | PROT_EXEC) != 0)
    return tl::unexpected("the system lets no code be loaded: " +
                          std::generic_category().message(errno));
  char* begin = static_cast<char*>(memory);
  __builtin___clear_cache(begin, begin + image.size());
  return code;
}

NativeCode::NativeCode(NativeCode&& other) noexcept
    : memory_(std::exchange(other.memory_, {})), entry_(other.entry_) {}

NativeCode& NativeCode::operator=(NativeCode&& other) noexcept {
  std::swap(memory_, other.memory_);
  std::swap(entry_, other.entry_);
  return *this;
}

NativeCode::~NativeCode() {
  if (!memory_.empty()) ::munmap(memory_.data(), memory_.size());
}

CompiledFunction NativeCode::values() const noexcept {
  return reinterpret_cast<CompiledFunction>(memory_.data() + entry_);
}

}  // namespace lrc::runtime
