#pragma once
// Schedules of policies as they are compiled, for tests of the device's memory.

#include <string>
#include <vector>

#include "runtime/host/schedule.h"

namespace lrc::test {

struct Named {
  std::string name;
  runtime::Schedule schedule;  // of the interpreter, with each group alone
};

// Those of tests/accept, examples/ and stdlib/recipes/ that bind with a length and a peak.
[[nodiscard]] std::vector<Named> written_policies();

// Random ones, of seeds from `first` on.
[[nodiscard]] std::vector<Named> random_policies(std::uint64_t first, std::size_t count);

// With every kind of rule, signals, groups and several outputs.
[[nodiscard]] runtime::Schedule ruled_schedule();
inline constexpr const char* ruled_policy = R"(policy ruled version 1 {
  run 400 steps
  peak 1e-3
  lr = warmup 20 steps then cosine to 0.1x
  weight_decay = 0.1
  momentum = 0.9
  group head matches "head*" { lr by 7 }
  on spike of loss above 2 times its mean over 5 steps { lr by 0.3 for 9 steps }
  on plateau of accuracy rising for 4 evals { lr by 0.7, not below 1e-6 }
  on threshold of accuracy above 15 { weight_decay by 1.5, at most 3 times }
  on nonfinite loss { lr by 0.5 for 3 steps  weight_decay by 0 for 5 steps  signal diverged }
})";

}  // namespace lrc::test
