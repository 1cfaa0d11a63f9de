#pragma once
// Which runs try a new policy first: a share of them, chosen by their names and by nothing else.

#include <cstdint>
#include <optional>
#include <string_view>

namespace lrc::runtime {

// `parts` of `whole`; 0 <= parts <= whole, 0 < whole.
struct Share {
  std::uint32_t parts = 0;
  std::uint32_t whole = 1;
  bool operator==(const Share&) const = default;
};

// `10%`, `0.5%`, `100%`: at most 6 digits behind the point.
[[nodiscard]] std::optional<Share> parse_share(std::string_view text) noexcept;

// Whether a run is among the share. Let h be the first 8 bytes, the highest first, of the SHA-256
// of `salt`, a line feed and `run_id`; it is where h/2^64 < parts/whole, compared exactly. The
// answer never changes with time, place or release; a run that is in a share is in every greater
// one; 0% has none and 100% all. Runs fall into the share of one salt (the policy's name, say)
// independently of where they fall by another. Safe from any thread.
[[nodiscard]] bool canary(std::string_view run_id, Share share, std::string_view salt = "");

}  // namespace lrc::runtime
