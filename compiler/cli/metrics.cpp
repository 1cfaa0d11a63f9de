#include "compiler/cli/metrics.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "runtime/host/program.h"

namespace lrc::cli {
namespace {

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  for (std::size_t begin = 0; begin <= line.size();) {
    const std::size_t end = std::min(line.find(',', begin), line.size());
    cells.push_back(CLI::detail::trim_copy(line.substr(begin, end - begin)));
    begin = end + 1;
  }
  return cells;
}

template <class Number>
std::optional<Number> read(const std::string& cell) {
  Number value = 0;
  const auto result = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (result.ec != std::errc() || result.ptr != cell.data() + cell.size()) return std::nullopt;
  return value;
}

std::optional<std::size_t> place_of(const std::vector<std::string>& names,
                                    const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names.begin());
}

}  // namespace

tl::expected<Metrics, std::string> Metrics::open(std::istream& stream,
                                                 const std::vector<std::string>& metrics) {
  Metrics file(stream);
  std::string line;
  if (!std::getline(stream, line))
    return tl::unexpected(std::string("it has no line with the columns' names"));
  auto chosen = file.choose_columns(cells_of(line), metrics);
  if (!chosen) return tl::unexpected(chosen.error());
  return file;
}

tl::expected<void, std::string> Metrics::choose_columns(const std::vector<std::string>& names,
                                                        const std::vector<std::string>& metrics) {
  columns_ = names.size();
  step_column_ = place_of(names, "step");
  for (const std::string& metric : metrics) {
    column_of_.push_back(place_of(names, metric));
    if (!column_of_.back()) absent_.push_back(metric);
  }
  const auto any = place_of(names, "metric");
  if (any && !absent_.empty() && place_of(metrics, "metric") == std::nullopt) {
    if (absent_.size() > 1)
      return tl::unexpected(
          fmt::format("its column `metric` could be any of {}", fmt::join(absent_, ", ")));
    column_of_[*place_of(metrics, absent_[0])] = any;
    absent_.clear();
  }
  if (!metrics.empty() && absent_.size() == metrics.size())
    return tl::unexpected(fmt::format("it has no column for {}", fmt::join(metrics, ", ")));
  return {};
}

tl::expected<std::int64_t, std::string> Metrics::step_of(const std::string& cell) const {
  const auto step = read<std::int64_t>(cell);
  if (!step || *step < 0 || *step == runtime::maximum_step)
    return tl::unexpected(fmt::format("`{}` in line {} is no update", cell, line_));
  if (*step <= last_step_)
    return tl::unexpected(
        fmt::format("update {} in line {} comes after {}", *step, line_, last_step_));
  return *step;
}

tl::expected<std::optional<MetricsRow>, std::string> Metrics::next() {
  std::string line;
  if (!std::getline(*stream_, line)) return std::nullopt;
  ++line_;
  const std::vector<std::string> cells = cells_of(line);
  if (cells.size() != columns_)
    return tl::unexpected(
        fmt::format("line {} has {} cells under {} names", line_, cells.size(), columns_));
  const auto step = step_column_ ? step_of(cells[*step_column_])
                                 : tl::expected<std::int64_t, std::string>(last_step_ + 1);
  if (!step) return tl::unexpected(step.error());
  last_step_ = *step;
  MetricsRow row{*step, {}};
  for (const auto& column : column_of_) {
    const bool empty = !column || cells[*column].empty();
    row.values.push_back(empty ? std::nullopt : read<double>(cells[*column]));
    if (!empty && !row.values.back())
      return tl::unexpected(fmt::format("`{}` in line {} is no number", cells[*column], line_));
  }
  return row;
}

}  // namespace lrc::cli
