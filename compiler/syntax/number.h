#pragma once
// The text of a number → its exact value.

#include <optional>
#include <string_view>

#include "compiler/exact/rational.h"

namespace lrc::syntax {

// `6`, `6.0`, `.5`, `1e-2`, `1_000`, `10K`, `2.5M`, `4Ki`. The limits on digits and exponents have
// been checked. Nothing when letters stick to it that mean nothing.
[[nodiscard]] std::optional<exact::Rational> parse_number(std::string_view text);

}  // namespace lrc::syntax
