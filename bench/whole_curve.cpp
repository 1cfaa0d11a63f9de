// All values of warmup and cosine at once: compiled, and written by hand in C.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "bench/cosine.h"
#include "bench/policy.h"
#include "bench/table.h"
#include "compiler/backends/llvm/jit.h"
#include "runtime/host/interpreter.h"

namespace lrc::bench {
namespace {

constexpr std::int64_t run_steps = 100000;

template <typename Function>
void add(const std::string& name, Function function) {
  benchmark::RegisterBenchmark(name.c_str(), [function](benchmark::State& state) {
    static std::vector<double> values(run_steps);
    for (auto _ : state) {
      function(values.data());
      benchmark::DoNotOptimize(values.data());
      benchmark::ClobberMemory();
    }
  });
}

void add_compiled(const runtime::Program& program) {
  const auto curve = backends::llvm::compile_curve(program, 0);
  const auto slot = backends::llvm::compile_slot(program, 0);
  if (!curve || !slot) return;
  std::vector<double> all(run_steps);
  std::vector<double> by_hand(run_steps);
  (*curve)(0, run_steps, all.data());
  curve_c_strict(run_steps, by_hand.data());
  double largest = 0;
  for (std::size_t k = 0; k < all.size(); ++k)
    largest = std::max(largest, std::abs(all[k] - by_hand[k]) / by_hand[k]);
  std::printf("largest relative difference from the C function %.1e\n", largest);
  add("JIT, whole curve", [code = *curve](double* values) { code(0, run_steps, values); });
  add("JIT, one value after the other", [code = *slot](double* values) {
    for (std::int64_t step = 0; step < run_steps; ++step) values[step] = code(step, nullptr);
  });
}

int main_of(int argc, char** argv) {
  static const runtime::Program program = bound(warmup_cosine);
  std::printf("%s; %lld values\n", backends::llvm::description().c_str(),
              static_cast<long long>(run_steps));
  add("C, vectorised", [](double* values) { curve_c(run_steps, values); });
  add("C, vectorised, nothing fused", [](double* values) { curve_c_strict(run_steps, values); });
  add("C with libmvec", [](double* values) { curve_c_libmvec(run_steps, values); });
  add("memset", [](double* values) { std::memset(values, 1, run_steps * sizeof(double)); });
  add_compiled(program);
  static const runtime::Interpreter interpreter(program);
  add("interpreter, one value after the other", [](double* values) {
    for (std::int64_t step = 0; step < run_steps; ++step) values[step] = interpreter.value(0, step);
  });
  Options options;
  options.base = "C, vectorised";
  return run(argc, argv, options);
}

}  // namespace
}  // namespace lrc::bench

int main(int argc, char** argv) { return lrc::bench::main_of(argc, argv); }
