#pragma once
// What `lrc --version` prints: version, hash version, the backends that are found.

#include <string>

namespace lrc::cli {

[[nodiscard]] std::string version_text();

}  // namespace lrc::cli
