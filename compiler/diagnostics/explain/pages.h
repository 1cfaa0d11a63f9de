#pragma once
// The pages that `lrc explain CODE` prints: explain/CODE.md, embedded.

#include <string_view>
#include <vector>

namespace lrc::diagnostics {

struct Page {
  std::string_view name;  // the code
  std::string_view text;
};
[[nodiscard]] const std::vector<Page>& explain_pages();

}  // namespace lrc::diagnostics
