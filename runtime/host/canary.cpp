#include "runtime/host/canary.h"

#include <numeric>
#include <string>

#include "runtime/host/program.h"
#include "runtime/host/sha256.h"

namespace lrc::runtime {
namespace {

constexpr std::uint32_t scale = 1'000'000;  // of a percent
constexpr std::uint32_t whole = 100 * scale;

std::uint64_t first_of(const Digest& digest) {
  std::uint64_t value = 0;
  for (std::size_t k = 0; k < sizeof value; ++k) value = value << 8 | digest[k];
  return value;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::optional<Share> parse_share(std::string_view text) noexcept {
  if (text.size() < 2 || text.back() != '%' || !is_digit(text.front())) return std::nullopt;
  text.remove_suffix(1);
  std::uint64_t parts = 0;
  std::uint32_t unit = scale;
  bool behind_point = false;
  for (const char c : text) {
    if (c == '.' && !behind_point) {
      behind_point = true;
    } else if (is_digit(c) && !(behind_point && unit == 1)) {
      parts = behind_point ? parts : parts * 10;
      if (behind_point) unit /= 10;
      parts += static_cast<std::uint64_t>(c - '0') * unit;
      if (parts > whole) return std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  if (text.back() == '.') return std::nullopt;
  const auto common = std::gcd(static_cast<std::uint32_t>(parts), whole);
  return Share{static_cast<std::uint32_t>(parts) / common, whole / common};
}

bool canary(std::string_view run_id, Share share, std::string_view salt) {
  const std::string named = std::string(salt).append("\n").append(run_id);
  const Integer place = first_of(sha256(named));
  return place * share.whole < Integer{share.parts} << 64;
}

}  // namespace lrc::runtime
