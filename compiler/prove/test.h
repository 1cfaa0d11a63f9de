#pragma once
// The tests that stand beside a policy: what it is expected to give.

#include <vector>

#include "compiler/compile/compile.h"

namespace lrc::prove {

struct Answer {
  const policy::Expectation* expectation;
  bool met = false;
  double expected = 0, got = 0;     // where there are no issues, or E0803 is the only one
  diagnostics::Issues issues = {};  // none when it is met
};

struct Examined {
  const policy::Test* test;
  std::vector<Answer> answers;
  [[nodiscard]] bool passed() const;
};

// With the facts that the test sets.
[[nodiscard]] Examined examine(const compile::CompiledPolicy& policy, const policy::Test& test);

// How many binary64 numbers apart two are.
[[nodiscard]] std::uint64_t distance(double a, double b);

}  // namespace lrc::prove
