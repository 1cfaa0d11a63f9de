#pragma once
// What a learning-rate range test says: the loss while lr rises.

#include <istream>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace lrc::cli {

struct RangePoint {
  double lr, loss;
};

// One point a line, lr rising strictly: objects of JSON with `lr` and `loss`, or rows of CSV under
// a header that has both names. Anything but a number for a loss, such as the words NaN and
// Infinity of Python's JSON, is NaN. At least 3 points.
[[nodiscard]] tl::expected<std::vector<RangePoint>, std::string> read_range(std::istream& stream);

struct RangeResult {
  std::vector<double> smoothed;         // by point; up to the first that is not finite
  std::optional<std::size_t> steepest;  // a point; none: the loss never falls
  std::optional<std::size_t> diverged;  // the first point of a loss beyond all use
};

// The test of L. N. Smith, "Cyclical Learning Rates for Training Neural Networks" (2017), section
// 3.3, read as fastai's lr_find does. With s the mean of the losses so far, each weighing
// `smoothing` of the next (corrected for where it begins):
//   steepest: the least (s[i+1] - s[i-1]) / (ln lr[i+1] - ln lr[i-1]) before it diverges, where
//   s falls by more than 1e-9 of itself;
//   diverged: the first point whose loss is not finite, or whose s is above 4 times the least s so
//   far, if that is above 0.
[[nodiscard]] RangeResult analyse(const std::vector<RangePoint>& points, double smoothing);

}  // namespace lrc::cli
