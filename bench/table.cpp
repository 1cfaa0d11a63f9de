#include "bench/table.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <optional>

namespace lrc::bench {
namespace {

constexpr const char* defaults[] = {"--benchmark_repetitions=9", "--benchmark_min_time=0.02",
                                    "--benchmark_enable_random_interleaving=true"};

// Keeps the fastest repetition, in the order of the first appearance.
class Fastest : public benchmark::BenchmarkReporter {
 public:
  explicit Fastest(std::vector<Row> rows) : rows_(std::move(rows)) {}

  bool ReportContext(const Context&) override { return true; }

  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& one : runs) {
      if (one.run_type != Run::RT_Iteration || one.error_occurred) continue;
      const double seconds = one.real_accumulated_time / static_cast<double>(one.iterations);
      keep(one.run_name.function_name, 1e9 * seconds);
    }
  }

  [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }

 private:
  void keep(const std::string& name, double nanoseconds) {
    const auto known =
        std::find_if(rows_.begin(), rows_.end(), [&](const Row& row) { return row.name == name; });
    if (known == rows_.end())
      rows_.push_back({name, nanoseconds});
    else
      known->nanoseconds = std::min(known->nanoseconds, nanoseconds);
  }

  std::vector<Row> rows_;
};

double base_of(const std::vector<Row>& rows, const std::string& name) {
  for (const Row& row : rows) {
    if (row.name == name) return row.nanoseconds;
  }
  return 0;
}

void print(const std::vector<Row>& rows, const Options& options) {
  const double base = base_of(rows, options.base);
  const double factor = options.unit == "ms" ? 1e-6 : 1;
  std::size_t width = 0;
  for (const Row& row : rows) width = std::max(width, row.name.size());
  std::printf("\n%-*s %10s  ratio\n", static_cast<int>(width), "", options.unit.c_str());
  for (const Row& row : rows) {
    std::printf("%-*s %10.2f  ", static_cast<int>(width), row.name.c_str(),
                factor * row.nanoseconds);
    if (base > 0)
      std::printf("%.2fx\n", row.nanoseconds / base);
    else
      std::printf("-\n");
  }
}

// Names hold no character that JSON would want escaped.
void write_json(const std::string& path, const std::vector<Row>& rows, const Options& options) {
  std::ofstream file(path);
  const double base = base_of(rows, options.base);
  file << "{\"base\": \"" << options.base << "\", \"rows\": [";
  for (const char* separator = "\n"; const Row& row : rows) {
    file << separator << "  {\"name\": \"" << row.name << "\", \"ns\": " << row.nanoseconds;
    if (base > 0) file << ", \"ratio\": " << row.nanoseconds / base;
    file << "}";
    separator = ",\n";
  }
  file << "\n]}\n";
  if (!file.flush()) std::cerr << "cannot write " << path << "\n";
}

// `--json FILE`, taken out of the arguments.
std::optional<std::string> json_path(std::vector<char*>& arguments) {
  for (std::size_t k = 1; k + 1 < arguments.size(); ++k) {
    if (std::strcmp(arguments[k], "--json") != 0) continue;
    std::string path = arguments[k + 1];
    const auto flag = arguments.begin() + static_cast<std::ptrdiff_t>(k);
    arguments.erase(flag, flag + 2);
    return path;
  }
  return {};
}

}  // namespace

int run(int argc, char** argv, const Options& options) {
  std::vector<char*> arguments(argv, argv + argc);
  const auto json = json_path(arguments);
  std::vector<std::string> texts(std::begin(defaults), std::end(defaults));
  for (std::size_t k = 0; k < texts.size(); ++k) {
    arguments.insert(arguments.begin() + 1 + static_cast<std::ptrdiff_t>(k), texts[k].data());
  }
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 2;
  Fastest fastest(options.measured_before);
  benchmark::RunSpecifiedBenchmarks(&fastest);
  print(fastest.rows(), options);
  if (json) write_json(*json, fastest.rows(), options);
  return 0;
}

}  // namespace lrc::bench
