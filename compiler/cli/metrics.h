#pragma once
// A file of metrics: one row an update, in comma-separated columns under their names.

#include <istream>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace lrc::cli {

struct MetricsRow {
  std::int64_t step;                          // the update after which they were observed
  std::vector<std::optional<double>> values;  // by the metrics asked for; nothing in an empty cell
};

// Reads row by row. The errors are for the person who wrote the file.
class Metrics {
 public:
  // Takes the columns that are named as these metrics; `metric` is the only one that is left.
  [[nodiscard]] static tl::expected<Metrics, std::string> open(
      std::istream& stream, const std::vector<std::string>& metrics);

  // Nothing behind the last row.
  [[nodiscard]] tl::expected<std::optional<MetricsRow>, std::string> next();

  // Those of the metrics that no column gives.
  [[nodiscard]] const std::vector<std::string>& absent() const { return absent_; }

 private:
  explicit Metrics(std::istream& stream) : stream_(&stream) {}
  [[nodiscard]] tl::expected<void, std::string> choose_columns(
      const std::vector<std::string>& names, const std::vector<std::string>& metrics);
  [[nodiscard]] tl::expected<std::int64_t, std::string> step_of(const std::string& cell) const;

  std::istream* stream_;
  std::size_t columns_ = 0;
  std::optional<std::size_t> step_column_;
  std::vector<std::optional<std::size_t>> column_of_;  // by metric
  std::vector<std::string> absent_;
  std::int64_t line_ = 1;
  std::int64_t last_step_ = -1;
};

}  // namespace lrc::cli
