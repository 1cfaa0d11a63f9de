#pragma once
// Little-endian numbers and counted texts as bytes, and back. A reader never reads behind the end:
// it gives zeros and is no longer fine.

#include <bit>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "runtime/host/program.h"

namespace lrc::runtime {

class ByteWriter {
 public:
  template <std::integral Number>
  void number(Number value) {
    using Unsigned = std::make_unsigned_t<Number>;
    for (std::size_t k = 0; k < sizeof(Number); ++k)
      bytes_ += static_cast<char>(static_cast<Unsigned>(value) >> (8 * k) & 0xff);
  }
  void byte(std::uint8_t value) { number(value); }
  void integer(Integer value) {
    number(static_cast<std::uint64_t>(value));
    number(static_cast<std::int64_t>(value >> 64));
  }
  void real(double value) { number(std::bit_cast<std::uint64_t>(value)); }
  void count(std::size_t value) { number(static_cast<std::uint32_t>(value)); }
  void text(std::string_view value) {
    count(value.size());
    bytes_ += value;
  }
  void raw(std::string_view value) { bytes_ += value; }
  void zeros_up_to(std::size_t size) {
    if (bytes_.size() < size) bytes_.resize(size);
  }

  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  [[nodiscard]] bool fine() const { return fine_; }
  [[nodiscard]] bool done() const { return fine_ && rest_.empty(); }

  std::string_view raw(std::size_t size) {
    fine_ = fine_ && size <= rest_.size();
    if (!fine_) return {};
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  template <std::integral Number>
  Number number() {
    using Unsigned = std::make_unsigned_t<Number>;
    const std::string_view taken = raw(sizeof(Number));
    std::uint64_t value = 0;
    for (std::size_t k = taken.size(); k-- > 0;)
      value = value << 8 | static_cast<unsigned char>(taken[k]);
    return static_cast<Number>(static_cast<Unsigned>(value));
  }
  Integer integer() {
    const auto low = number<std::uint64_t>();
    const auto high = number<std::int64_t>();
    return static_cast<Integer>(static_cast<unsigned __int128>(high) << 64 | low);
  }
  double real() { return std::bit_cast<double>(number<std::uint64_t>()); }
  // Of items that take at least `least` bytes each: no count asks for more memory than the bytes
  // behind it can fill.
  std::size_t count(std::size_t least) {
    const auto value = number<std::uint32_t>();
    fine_ = fine_ && value <= rest_.size() / least;
    return fine_ ? value : 0;
  }
  std::string text() { return std::string(raw(count(1))); }

 private:
  std::string_view rest_;
  bool fine_ = true;
};

}  // namespace lrc::runtime
