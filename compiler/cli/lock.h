#pragma once
// `compile` and `lock` are one walk over policies and their locks; they differ in what they insist
// on and in who writes.

#include "compiler/cli/cli.h"
#include "compiler/lock/review.h"

namespace lrc::cli {

// Reviews the policies, prints a line (or an object) for each, and with Mode::record writes their
// locks, unless there are findings. Returns the exit code.
[[nodiscard]] int review_policies(const std::vector<std::string>& arguments, lock::Mode mode,
                                  const ReportOptions& options);

// What policies claim and what their tests expect, as far as it can be told without a run.
void examine(const std::vector<Input>& inputs, Report& report);

}  // namespace lrc::cli
