#pragma once
// Random policies for property tests: the same seed gives the same text.

#include <cstdint>
#include <random>
#include <string>

namespace lrc::test {

// A random well-formed policy text: every construct of the language so far.
class RandomPolicy {
 public:
  explicit RandomPolicy(std::uint64_t seed) : random_(seed) {}

  std::string text() {
    std::string text = "policy p version 1 {";
    if (coin()) text += " run " + count() + " steps";
    if (coin()) text += " batch " + count() + " samples per step";
    if (coin()) text += " 1 sample = " + count() + " tokens";
    if (coin()) text += " 1 epoch = " + count() + " steps";
    if (coin())
      text += " param floor: x = 0.1x in 0.01x .. 0.5x";
    else
      floor_ = false;
    if (coin()) text += " peak " + count() + "e-5";
    text += " lr = " + schedule();
    if (coin()) text += " momentum = 0." + count();
    if (coin()) text += " group g matches \"a*\", \"*b\" { lr by 0." + count() + " }";
    if (coin()) text += " clamp lr to 1e-9 .. " + count();
    if (coin()) text += " on nonfinite a { lr by 0." + count() + " for " + count() + " steps }";
    if (coin())
      text +=
          " on plateau of b rising for " + count() + " evals, after 1% { lr by 0.5, not below 0 }";
    return text + " }";
  }

 private:
  bool coin() { return random_() % 2 == 0; }
  std::string count() { return std::to_string(random_() % 999 + 1); }
  std::string level() {
    if (floor_ && random_() % 5 == 0) return "floor";
    return random_() % 4 == 0 ? "0.00" + count() : "0." + count() + "x";
  }
  std::string length(bool share = true) {
    static const char* units[] = {" steps", " samples", " tokens", " epochs"};
    return share && random_() % 3 == 0 ? "0." + count() + "%" : count() + units[random_() % 4];
  }
  std::string shape() {
    static const char* shapes[] = {"linear",     "cosine", "sqrt",           "square",
                                   "smoothstep", "tanh",   "quarter_cosine", "polynomial power 3"};
    return shapes[random_() % 8];
  }
  std::string schedule() {
    if (random_() % 6 == 0) return (coin() ? "min(" : "max(") + chain() + ", " + chain() + ")";
    return chain();
  }
  std::string chain() {
    std::string text = coin() ? "warmup " + length() : "hold " + level() + " for " + length();
    for (std::uint64_t i = random_() % 4; i > 0; --i) text += " then " + phase();
    return text + (coin() ? " then hold then cooldown last 10% " + shape() : " then " + last());
  }
  std::string phase() {
    switch (random_() % 5) {
      case 0: return shape() + " to " + level() + " for " + length();
      case 1: return "exponential to 0." + count() + "x for " + length();
      case 2: return "step to " + level() + " for " + length();
      case 3: return "exponential by 0.9 per " + length(false) + " for " + length();
      default: return "hold for " + length();
    }
  }
  std::string last() {
    switch (random_() % 6) {
      case 0: return "rsqrt timescale " + length(false);
      case 1: return "step by 0.5 at " + length() + ", " + length();
      case 2: return "repeat every " + length(false) + " growing by 2 { " + shape() + " to 0 }";
      case 3: return "cycle triangular between 0.1x and 1x every " + length(false);
      case 4: return shape() + " to " + level();
      default: return "hold";
    }
  }

  std::mt19937_64 random_;
  bool floor_ = true;
};

}  // namespace lrc::test
