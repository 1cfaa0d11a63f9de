#pragma once
// How much of the arithmetic a run of the tests covers: LRC_ARITHMETIC_ARGUMENTS=10000000 makes it
// long.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <vector>

namespace lrc::tests {

inline const char* asked_arguments() { return std::getenv("LRC_ARITHMETIC_ARGUMENTS"); }

inline bool is_long_run() { return asked_arguments() != nullptr; }

// Of each function whose accuracy is measured.
inline long argument_count() { return is_long_run() ? std::atol(asked_arguments()) : 200'000; }

// The N of the grids k/N on which every k is looked at: a hundred up to 10^6 in a long run, else
// the first fifteen.
inline std::vector<long> horizons() {
  constexpr long largest = 1'000'000;
  std::vector<long> result = {1,    2,    3,    7,     10,    99,     100,   1000,
                              1023, 1024, 4801, 10000, 65537, 100000, 123457};
  if (!is_long_run()) return result;
  result.insert(result.end(), {250000, 524288, 777777, 999983, largest});
  std::mt19937_64 random(12);
  while (result.size() < 100) {
    // Forty of any size, then large ones.
    const std::uint64_t size = result.size() < 60 ? std::uint64_t{2} << random() % 19 : largest;
    const auto horizon = static_cast<long>(random() % size + 1);
    if (std::find(result.begin(), result.end(), horizon) == result.end()) result.push_back(horizon);
  }
  return result;
}

}  // namespace lrc::tests
