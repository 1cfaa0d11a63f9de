#pragma once
// Benchmarks side by side: the fastest of several interleaved repetitions of each, in one table.
// On a machine that others use too, only ratios within one run mean something.

#include <string>
#include <vector>

namespace lrc::bench {

struct Row {
  std::string name;
  double nanoseconds;
};

struct Options {
  std::string base;                  // the row that the others are compared with
  std::string unit = "ns";           // or "ms"
  std::vector<Row> measured_before;  // rows that were not measured by Google Benchmark
};

// Takes `--json FILE` out of the arguments and gives the rest to Google Benchmark.
int run(int argc, char** argv, const Options& options);

}  // namespace lrc::bench
