#pragma once
// A file of the system that is open, as whoever writes files atomically needs it: std::fstream can
// neither be flushed to the disk nor be locked.

#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>

namespace lrc::descriptor {

// A call of the system again, when a signal came in between.
template <class Call>
auto again(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

// Owns a number that open() or its like gave, which may have failed: then it is not open.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() { (void)close(); }

  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool open() const { return number_ >= 0; }
  // Some file systems report a full disk only here. It is closed in any case, as Linux does it even
  // when a signal comes in between.
  [[nodiscard]] bool close() {
    const int number = std::exchange(number_, -1);
    return number < 0 || ::close(number) == 0 || errno == EINTR;
  }

 private:
  int number_;
};

// All of it, or false with errno.
[[nodiscard]] inline bool write_all(const Descriptor& file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written =
        again([&] { return ::write(file.number(), bytes.data(), bytes.size()); });
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace lrc::descriptor
