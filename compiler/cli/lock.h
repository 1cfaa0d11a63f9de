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

}  // namespace lrc::cli
