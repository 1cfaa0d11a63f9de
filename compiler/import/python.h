#pragma once
// The simple Python functions of the update that people give to LambdaLR, as phases and formulas.

#include <optional>
#include <string>

#include "compiler/import/schedule.h"

namespace lrc::import {

// A number written as an expression without variables: `0.95`, `1 / 3`.
[[nodiscard]] std::optional<double> constant_expression(const std::string& python);

// The factor of the peak that an expression of `epoch` gives. Refuses what it does not know.
[[nodiscard]] Chain lambda_chain(const std::string& python, const Context& context);

}  // namespace lrc::import
