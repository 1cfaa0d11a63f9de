#include <cstdio>
#include <lrc.hpp>

int main() {
  const auto policy = lrc::Policy::read("warmup 10 steps linear then constant");
  const auto run = policy.value().bind({.run = "100 steps", .peak = "1"});
  double values[100];
  run.value().evaluate_range(0, 0, 0, 1, values).value();
  std::printf("%g %g %g\n", values[0], values[4], values[99]);
}
