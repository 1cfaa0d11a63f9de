#include "compiler/cli/lr_range.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compiler/diagnostics/render.h"

namespace lrc::cli {
namespace {

using Json = nlohmann::json;
using Cells = std::vector<std::string>;

constexpr double none = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t fewest_points = 3;
constexpr double least_fall = 1e-9;  // of the loss; less is the rounding of its mean

double number(const std::string& cell) {
  double value = none;
  const char* end = cell.data() + cell.size();
  const auto read = std::from_chars(cell.data(), end, value);
  return read.ec == std::errc() && read.ptr == end ? value : none;
}

double number(const Json& value) {
  return value.is_string()   ? number(value.get<std::string>())
         : value.is_number() ? value.get<double>()
                             : none;
}

Cells cells_of(const std::string& line) {
  Cells cells(1);
  for (const char c : line) {
    if (c == ',')
      cells.emplace_back();
    else if (c != ' ' && c != '\r' && c != '\t')
      cells.back() += c;
  }
  return cells;
}

// Some libraries write a number that is not finite as a bare word, which is no JSON: `NaN`,
// `Infinity`, `-Infinity`. No other line has these words outside its texts.
std::string without_words(const std::string& line) {
  std::string text;
  bool quoted = false;
  for (std::size_t at = 0; at < line.size(); ++at) {
    for (const std::string_view word : {"NaN", "-Infinity", "Infinity"}) {
      if (quoted || line.compare(at, word.size(), word) != 0) continue;
      text += "null";
      at += word.size();
      break;
    }
    if (at == line.size()) break;
    if (line[at] == '"') quoted = !quoted;
    text += line[at];
    if (quoted && line[at] == '\\' && at + 1 < line.size()) text += line[++at];
  }
  return text;
}

// Takes line by line what either form says.
class Reader {
 public:
  tl::expected<RangePoint, std::string> point(const std::string& line) const {
    if (columns_ == 0) return object(line);
    const Cells cells = cells_of(line);
    if (cells.size() != columns_)
      return tl::unexpected(fmt::format("{} cells under {} names", cells.size(), columns_));
    return RangePoint{number(cells[lr_]), number(cells[loss_])};
  }

  // Whether this first line is a header.
  bool header(const std::string& line) {
    const Cells names = cells_of(line);
    const auto lr = std::find(names.begin(), names.end(), "lr");
    const auto loss = std::find(names.begin(), names.end(), "loss");
    if (lr == names.end() || loss == names.end()) return false;
    columns_ = names.size();
    lr_ = static_cast<std::size_t>(lr - names.begin());
    loss_ = static_cast<std::size_t>(loss - names.begin());
    return true;
  }

 private:
  static tl::expected<RangePoint, std::string> object(const std::string& line) {
    const Json json = Json::parse(without_words(line), nullptr, false);
    if (!json.is_object() || !json.contains("lr") || !json.contains("loss"))
      return tl::unexpected(std::string("neither an object with `lr` and `loss` nor a header"));
    return RangePoint{number(json["lr"]), number(json["loss"])};
  }

  std::size_t columns_ = 0, lr_ = 0, loss_ = 0;
};

}  // namespace

tl::expected<std::vector<RangePoint>, std::string> read_range(std::istream& stream) {
  std::vector<RangePoint> points;
  Reader reader;
  std::size_t number_of_line = 0;
  const auto wrong = [&](const std::string& why) {
    return tl::unexpected(fmt::format("line {}: {}", number_of_line, diagnostics::printable(why)));
  };
  for (std::string line; std::getline(stream, line);) {
    ++number_of_line;
    if (line.empty() || (number_of_line == 1 && reader.header(line))) continue;
    const auto point = reader.point(line);
    if (!point) return wrong(point.error());
    if (!(point->lr > 0) || !std::isfinite(point->lr)) return wrong("`lr` is no number above 0");
    if (!points.empty() && point->lr <= points.back().lr)
      return wrong("`lr` does not rise, as it does in a range test");
    points.push_back(*point);
  }
  if (points.size() < fewest_points)
    return tl::unexpected(
        fmt::format("{} points; a curve has at least {}", points.size(), fewest_points));
  return points;
}

RangeResult analyse(const std::vector<RangePoint>& points, double smoothing) {
  constexpr double beyond_use = 4;
  RangeResult result;
  double sum = 0, weight = 1, least = std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k < points.size() && !result.diverged; ++k) {
    if (!std::isfinite(points[k].loss)) {
      result.diverged = k;
      break;
    }
    sum = smoothing * sum + (1 - smoothing) * points[k].loss;
    weight *= smoothing;
    result.smoothed.push_back(sum / (1 - weight));
    least = std::min(least, result.smoothed.back());
    if (least > 0 && result.smoothed.back() > beyond_use * least) result.diverged = k;
  }
  double steepest = 0;
  for (std::size_t k = 1; k + 1 < result.smoothed.size(); ++k) {
    const double rise = result.smoothed[k + 1] - result.smoothed[k - 1];
    const double slope = rise / (std::log(points[k + 1].lr) - std::log(points[k - 1].lr));
    if (slope >= steepest || -rise <= least_fall * std::abs(result.smoothed[k - 1])) continue;
    steepest = slope;
    result.steepest = k;
  }
  return result;
}

}  // namespace lrc::cli
