#pragma once
// SHA-256 of bytes (FIPS 180-4), by libsodium.

#include <array>
#include <string>
#include <string_view>

namespace lrc::runtime {

using Digest = std::array<unsigned char, 32>;

[[nodiscard]] Digest sha256(std::string_view bytes) noexcept;

// 64 hex digits.
[[nodiscard]] std::string hex(const Digest& digest);

}  // namespace lrc::runtime
