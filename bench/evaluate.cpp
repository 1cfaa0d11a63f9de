// One evaluation of warmup and cosine: compiled, interpreted, and written by hand in C.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>

#include "bench/cosine.h"
#include "bench/policy.h"
#include "bench/table.h"
#include "compiler/backends/llvm/jit.h"
#include "runtime/host/evaluate.h"
#include "runtime/host/interpreter.h"
#include "runtime/host/schedule.h"

namespace lrc::bench {
namespace {

constexpr std::int64_t run_steps = 100000;

// Calls follow one another as fast as the processor takes them; all steps of the run in turn.
template <typename Function>
void calls(benchmark::State& state, Function function) {
  std::int64_t step = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(function(step));
    step = step + 1 == run_steps ? 0 : step + 1;
  }
}

// Each call waits for the value of the call before it, as it does in a trainer.
template <typename Function>
void chained(benchmark::State& state, Function function) {
  std::int64_t step = 0;
  double value = 0;
  for (auto _ : state) {
    const std::int64_t next = step + 1 == run_steps ? 0 : step + 1;
    step = next + (std::bit_cast<std::int64_t>(value) >> 63);  // the sign: 0, as only we know
    value = function(step);
  }
  benchmark::DoNotOptimize(value);
}

template <typename Function>
void add(const std::string& name, Function function) {
  benchmark::RegisterBenchmark(name.c_str(),
                               [function](benchmark::State& state) { calls(state, function); });
  benchmark::RegisterBenchmark((name + ", chained").c_str(),
                               [function](benchmark::State& state) { chained(state, function); });
}

double largest_difference(backends::llvm::SlotFunction compiled) {
  double largest = 0;
  for (std::int64_t step = 0; step < run_steps; ++step) {
    const double expected = cosine_c(step);
    largest = std::max(largest, std::abs(compiled(step, nullptr) - expected) / expected);
  }
  return largest;
}

int main_of(int argc, char** argv) {
  static const runtime::Program program = bound(warmup_cosine);
  using Pointer = double (*volatile)(std::int64_t);
  static Pointer by_hand = cosine_c;
  static Pointer by_hand_fused = cosine_c_fused;
  add("C", [](std::int64_t step) { return by_hand(step); });
  add("C with fused multiply-add", [](std::int64_t step) { return by_hand_fused(step); });
  const auto slot = backends::llvm::compile_slot(program, 0);
  const auto all = backends::llvm::compile(program);
  if (slot && all) {
    std::printf("%s; largest relative difference from the C function %.1e\n",
                backends::llvm::description().c_str(), largest_difference(*slot));
    static backends::llvm::SlotFunction volatile one_slot = *slot;
    static runtime::CompiledFunction volatile all_slots = *all;
    add("JIT, one slot", [](std::int64_t step) { return one_slot(step, nullptr); });
    add("JIT, all slots to memory", [](std::int64_t step) {
      double value;
      all_slots(step, &value, nullptr);
      return value;
    });
  } else {
    std::printf("%s\n", backends::llvm::description().c_str());
  }
  static const runtime::Interpreter interpreter(program);
  add("interpreter", [](std::int64_t step) { return interpreter.value(0, step); });
  static const runtime::Schedule schedule(program);
  add("interpreter, as a schedule", [](std::int64_t step) {
    double value;
    schedule.evaluate(step, std::span(&value, 1));
    return value;
  });
  add("plain evaluation", [](std::int64_t step) { return runtime::evaluate(program, 0, step); });
  Options options;
  options.base = "C";
  return run(argc, argv, options);
}

}  // namespace
}  // namespace lrc::bench

int main(int argc, char** argv) { return lrc::bench::main_of(argc, argv); }
