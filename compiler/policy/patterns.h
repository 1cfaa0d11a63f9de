#pragma once
// The patterns of groups: `*` stands for any run of characters, all else for itself.

#include <optional>
#include <string>
#include <string_view>

namespace lrc::policy {

// Whether some name matches both patterns. Memory in the length of `b`.
[[nodiscard]] bool overlap(std::string_view a, std::string_view b);

// A name that both patterns match, a short one. Takes time and memory in the product of their
// lengths.
[[nodiscard]] std::optional<std::string> common_name(std::string_view a, std::string_view b);

}  // namespace lrc::policy
