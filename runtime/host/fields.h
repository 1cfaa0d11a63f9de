#pragma once
// The fields of a line of a saved state: integers in digits, doubles by their bits in hex.

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace lrc::runtime {

[[nodiscard]] inline std::string hex(std::uint64_t bits) {
  std::string text(16, '0');
  for (std::size_t k = text.size(); k-- > 0; bits >>= 4) text[k] = "0123456789abcdef"[bits % 16];
  return text;
}
[[nodiscard]] inline std::string hex(double value) {
  return hex(std::bit_cast<std::uint64_t>(value));
}

// Takes the fields of one line, one after another, as long as they are what is asked for.
class Fields {
 public:
  explicit Fields(std::string_view line) : rest_(line) {}

  [[nodiscard]] bool fine() const { return fine_; }
  [[nodiscard]] bool done() const { return fine_ && rest_.empty(); }
  [[nodiscard]] std::string_view rest() const { return rest_; }

  std::string_view text() {
    const std::size_t end = std::min(rest_.find(' '), rest_.size());
    const std::string_view taken = rest_.substr(0, end);
    rest_.remove_prefix(std::min(rest_.size(), end + 1));
    fine_ = fine_ && !taken.empty();
    return taken;
  }
  std::int64_t integer() { return parsed<std::int64_t>(10); }
  std::uint64_t bits() { return parsed<std::uint64_t>(16); }
  double real() { return std::bit_cast<double>(bits()); }

 private:
  template <class Number>
  Number parsed(int base) {
    const std::string_view field = text();
    Number value = 0;
    const auto result = std::from_chars(field.data(), field.data() + field.size(), value, base);
    fine_ = fine_ && result.ec == std::errc() && result.ptr == field.data() + field.size();
    return value;
  }

  std::string_view rest_;
  bool fine_ = true;
};

}  // namespace lrc::runtime
