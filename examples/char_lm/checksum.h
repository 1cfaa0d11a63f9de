#pragma once
// SHA-256, for texts and checkpoints.

#include <string>
#include <string_view>

namespace char_lm {

// 64 lower-case hex digits.
[[nodiscard]] std::string sha256(std::string_view bytes);

}  // namespace char_lm
