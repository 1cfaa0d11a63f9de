#pragma once
// Metrics that no run has given: to see what rules make of the ways in which losses misbehave.

#include <cstdint>
#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace lrc::cli {

// Of n updates, update k, and e a number of its own in [-0.01, 0.01) by seed, metric and k:
//   falling  (0.5 + 4/(1 + 20 k/n)) (1 + e)
//   plateau  the same up to a third of the run, then its level there, without e
//   spike    falling, ten times as much at the middle update
//   nan      falling, no number at the middle update
enum class Course : std::uint8_t { falling, plateau, spike, nan };

struct Synthetic {
  std::string metric;
  Course course;
};

// `val_loss=plateau`. The error lists the courses.
[[nodiscard]] tl::expected<Synthetic, std::string> parse_synthetic(const std::string& text);

// As a file of metrics (metrics.h): the same text on every machine.
[[nodiscard]] std::string synthetic_metrics(const std::vector<Synthetic>& metrics,
                                            std::int64_t updates, std::uint64_t seed);

}  // namespace lrc::cli
