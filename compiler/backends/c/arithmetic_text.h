#pragma once
// The text of runtime/arithmetic/lrc1.h, as far as another text needs it.

#include <string>
#include <string_view>

namespace lrc::backends::c {

// The parts that `text` uses names of, with all they need themselves, in their order and word for
// word, behind a check that all headers of a translation unit carry the same arithmetic.
[[nodiscard]] std::string arithmetic_for(std::string_view text);

}  // namespace lrc::backends::c
