#pragma once
// The files of runtime/arithmetic/ that exported text is made of, embedded at build time.

#include <string_view>
#include <vector>

namespace lrc::backends::c {

struct Text {
  std::string_view name;  // without its ending
  std::string_view text;
};

[[nodiscard]] const std::vector<Text>& arithmetic_sources();

}  // namespace lrc::backends::c
