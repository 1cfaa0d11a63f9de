// From a policy's text to a function that can be called, within one process.

#include <benchmark/benchmark.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <string>

#include "bench/policy.h"
#include "bench/table.h"
#include "compiler/backends/llvm/jit.h"

namespace lrc::bench {
namespace {

constexpr int processes = 7;

double nanoseconds_to_callable() {
  const auto begin = std::chrono::steady_clock::now();
  const auto function = backends::llvm::compile(bound(warmup_cosine));
  double value = 0;
  if (function) (*function)(0, &value, nullptr);
  const auto end = std::chrono::steady_clock::now();
  return std::chrono::duration<double, std::nano>(end - begin).count();
}

// The first time in a process: the library is opened, LLVM set up. A process of its own for each
// try, forked before this one has done anything of the kind. It may have bound policies before.
enum class Before { nothing, bound };
double in_new_process(Before before) {
  int ends[2];
  if (pipe(ends) != 0) return 0;
  const pid_t child = fork();
  if (child == 0) {
    for (int k = 0; k < 20 && before == Before::bound; ++k) bound(warmup_cosine);
    const double time = nanoseconds_to_callable();
    const bool written = write(ends[1], &time, sizeof time) == sizeof time;
    _exit(written ? 0 : 1);
  }
  double time = 0;
  if (child < 0 || read(ends[0], &time, sizeof time) != sizeof time) time = 0;
  close(ends[0]);
  close(ends[1]);
  if (child > 0) waitpid(child, nullptr, 0);
  return time;
}

double fastest_in_new_process(Before before) {
  double fastest = std::numeric_limits<double>::infinity();
  for (int k = 0; k < processes; ++k) fastest = std::min(fastest, in_new_process(before));
  return fastest;
}

// In a process that lives already, when another one has compiled the policy.
double cached() {
  std::string folder = (std::filesystem::temp_directory_path() / "lrc_bench_XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return 0;
  setenv("LRC_CACHE_DIR", folder.c_str(), 1);
  unsetenv("LRC_CACHE");
  in_new_process(Before::nothing);
  const double time = fastest_in_new_process(Before::bound);
  setenv("LRC_CACHE", "off", 1);
  std::filesystem::remove_all(folder);
  return time;
}

void to_bound(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(bound(warmup_cosine));
}

void to_callable(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(backends::llvm::compile(bound(warmup_cosine)));
}

void program_to_callable(benchmark::State& state) {
  const runtime::Program program = bound(warmup_cosine);
  for (auto _ : state) benchmark::DoNotOptimize(backends::llvm::compile(program));
}

int main_of(int argc, char** argv) {
  Options options;
  options.unit = "ms";
  options.base = "text to callable, warm";
  setenv("LRC_CACHE", "off", 1);
  options.measured_before = {
      {"text to callable, first in the process", fastest_in_new_process(Before::nothing)}};
  options.measured_before.push_back({"text to callable, from the cache", cached()});
  std::printf("%s\n", backends::llvm::description().c_str());
  benchmark::RegisterBenchmark("text to callable, warm", to_callable);
  benchmark::RegisterBenchmark("  text to bound program", to_bound);
  benchmark::RegisterBenchmark("  bound program to callable", program_to_callable);
  return run(argc, argv, options);
}

}  // namespace
}  // namespace lrc::bench

int main(int argc, char** argv) { return lrc::bench::main_of(argc, argv); }
