// How the value of one update grows with a policy: phases that one output goes through, and
// parameter groups that share a schedule.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "bench/table.h"
#include "compiler/backends/llvm/jit.h"
#include "runtime/host/evaluate.h"
#include "runtime/host/interpreter.h"

namespace lrc::bench {
namespace {

using runtime::Operation;
using runtime::Program;

constexpr std::int64_t updates_of_phase = 100;

// Of `phases` phases, cosines and holds in turn, in groups that multiply the value by their own
// constant.
Program program_of(std::uint32_t phases, std::uint32_t groups) {
  Program program;
  program.outputs = {"lr"};
  program.group_sets.resize(groups);
  program.codes = {{{Operation::real, 0},
                    {Operation::real, 1},
                    {Operation::small_progress, 0},
                    {Operation::havpi, 2},
                    {Operation::ramp, 0, 1, 2, 3}},
                   {{Operation::real, 0}},
                   {{Operation::curve, 0}, {Operation::real, 0}, {Operation::multiply, 0, 1}}};
  for (std::uint32_t k = 0; k < phases; ++k) {
    program.segments.push_back({k % 2, static_cast<std::uint32_t>(program.integers.size()),
                                static_cast<std::uint32_t>(program.reals.size())});
    if (k > 0) program.thresholds.push_back(updates_of_phase * k);
    program.integers.insert(program.integers.end(), {1, -updates_of_phase * k, updates_of_phase});
    program.reals.insert(program.reals.end(), {1.0 / (1 + k), 0.5 / (1 + k)});
  }
  program.curves = {{0, phases, 0}};
  for (std::uint32_t group = 0; group < groups; ++group) {
    program.slots.push_back({0, group, {2, 0, static_cast<std::uint32_t>(program.reals.size())}});
    program.reals.push_back(1.0 / (1 + group));
  }
  return program;
}

// All steps of the run in turn.
template <typename Function>
void add(const std::string& name, std::int64_t steps, Function function) {
  benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
    std::int64_t step = 0;
    for (auto _ : state) {
      function(step);
      step = step + 1 == steps ? 0 : step + 1;
    }
  });
}

void add_rows(const std::string& name, std::uint32_t phases, std::uint32_t groups) {
  // Never freed: benchmarks run after main_of has registered them.
  const auto& interpreter = *new runtime::Interpreter(program_of(phases, groups));
  double* values = (new std::vector<double>(groups))->data();
  const std::int64_t steps = updates_of_phase * phases;
  add("interpreter, " + name, steps, [&interpreter, values](std::int64_t step) {
    interpreter.values(step, values);
    benchmark::DoNotOptimize(*values);
  });
  add("plain evaluation, " + name, steps, [&interpreter, values](std::int64_t step) {
    for (std::size_t slot = 0; slot < interpreter.program().slots.size(); ++slot)
      values[slot] = runtime::evaluate(interpreter.program(), slot, step);
    benchmark::DoNotOptimize(*values);
  });
  const auto compiled = backends::llvm::compile(interpreter.program());
  if (!compiled) return;
  add("JIT, " + name, steps, [code = *compiled, values](std::int64_t step) {
    code(step, values, nullptr);
    benchmark::DoNotOptimize(*values);
  });
}

int main_of(int argc, char** argv) {
  std::printf("%s\n", backends::llvm::description().c_str());
  add_rows("8 phases", 8, 1);
  add_rows("10,000 phases", 10'000, 1);
  add_rows("64 groups", 2, 64);
  add_rows("10,000 groups", 2, 10'000);
  Options options;
  options.base = "interpreter, 8 phases";
  return run(argc, argv, options);
}

}  // namespace
}  // namespace lrc::bench

int main(int argc, char** argv) { return lrc::bench::main_of(argc, argv); }
