#pragma once
// The manual pages of the standard library: the comment above a definition, or at the head of a
// module.

#include <optional>
#include <string>
#include <vector>

namespace lrc::compile {

struct ManualPage {
  enum class Kind { module, shape, function, schedule };
  Kind kind = Kind::module;
  std::string comment;     // lines without their `#`
  std::string definition;  // as it is written; of a module the names that it defines
  // A schedule to look at: of a shape its ramp, of a schedule the first example of its page. Empty
  // for a module.
  std::string example;
};
[[nodiscard]] std::optional<ManualPage> manual_page(const std::string& name);

// What has a page: modules, and what they define.
[[nodiscard]] std::vector<std::string> manual_names();

}  // namespace lrc::compile
