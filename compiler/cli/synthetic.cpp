#include "compiler/cli/synthetic.h"

#include <array>
#include <limits>

#include <fmt/format.h>

namespace lrc::cli {
namespace {

constexpr std::array<std::string_view, 4> names = {"falling", "plateau", "spike", "nan"};

// SplitMix64 (Steele, Lea and Flood 2014): the number behind this one.
std::uint64_t mixed(std::uint64_t state) {
  state += 0x9e3779b97f4a7c15;
  state = (state ^ state >> 30) * 0xbf58476d1ce4e5b9;
  state = (state ^ state >> 27) * 0x94d049bb133111eb;
  return state ^ state >> 31;
}

// In [-0.01, 0.01).
double noise(std::uint64_t seed, std::size_t metric, std::int64_t update) {
  constexpr double amplitude = 0.01;
  const std::uint64_t bits =
      mixed(mixed(mixed(seed) + metric) + static_cast<std::uint64_t>(update));
  return amplitude * (static_cast<double>(bits >> 11) / 0x1p52 - 1);
}

double level(std::int64_t update, std::int64_t updates) {
  return 0.5 + 4 / (1 + 20 * (static_cast<double>(update) / static_cast<double>(updates)));
}

double value(Course course, std::int64_t update, std::int64_t updates, double noise) {
  if (course == Course::plateau && update >= updates / 3) return level(updates / 3, updates);
  const double falling = level(update, updates) * (1 + noise);
  if (update != updates / 2) return falling;
  if (course == Course::spike) return 10 * falling;
  return course == Course::nan ? std::numeric_limits<double>::quiet_NaN() : falling;
}

}  // namespace

tl::expected<Synthetic, std::string> parse_synthetic(const std::string& text) {
  const std::size_t at = text.find('=');
  for (std::size_t k = 0; at != std::string::npos && at > 0 && k < names.size(); ++k) {
    if (text.substr(at + 1) == names[k])
      return Synthetic{text.substr(0, at), static_cast<Course>(k)};
  }
  return tl::unexpected(
      fmt::format("takes METRIC=COURSE, a course being one of {}", fmt::join(names, ", ")));
}

std::string synthetic_metrics(const std::vector<Synthetic>& metrics, std::int64_t updates,
                              std::uint64_t seed) {
  std::string text = "step";
  for (const Synthetic& item : metrics) text += "," + item.metric;
  for (std::int64_t update = 0; update < updates; ++update) {
    text += fmt::format("\n{}", update);
    for (std::size_t k = 0; k < metrics.size(); ++k)
      text += fmt::format(",{}", value(metrics[k].course, update, updates, noise(seed, k, update)));
  }
  return text + "\n";
}

}  // namespace lrc::cli
