#include "tests/differential/backends.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "compiler/backends/llvm/jit.h"
#include "runtime/arithmetic/environment.h"
#include "runtime/host/evaluate.h"
#include "runtime/host/interpreter.h"
#include "tests/differential/device.h"
#include "tests/differential/emitted.h"
#include "tests/differential/exported.h"
#include "tests/differential/interpreter.h"
#include "tests/differential/workspace.h"

namespace lrc::differential {
namespace {

using backends::llvm::Level;

using Evaluate = double (*)(const runtime::Program& program, std::size_t slot, std::int64_t step,
                            const double* factors) noexcept;

template <Evaluate evaluate>
Results interpret(std::span<const Task> tasks) {
  std::vector<std::optional<Values>> results;
  for (const Task& task : tasks) {
    Values values;
    for (const Point& point : task.points) {
      for (std::size_t slot = 0; slot < task.program.slots.size(); ++slot)
        values.push_back(evaluate(task.program, slot, point.step, point.given_factors()));
    }
    results.emplace_back(std::move(values));
  }
  return results;
}

Results prepared(std::span<const Task> tasks) {
  const runtime::ArithmeticEnvironment environment;
  std::vector<std::optional<Values>> results;
  for (const Task& task : tasks) {
    const runtime::Interpreter interpreter(task.program);
    const std::size_t slots = task.program.slots.size();
    Values values(task.points.size() * slots);
    for (std::size_t i = 0; i < task.points.size(); ++i)
      interpreter.values(task.points[i].step, values.data() + i * slots,
                         task.points[i].given_factors());
    results.emplace_back(std::move(values));
  }
  return results;
}

Results jit(std::span<const Task> tasks, Level level) {
  namespace llvm = backends::llvm;
  if (!llvm::available()) return tl::unexpected(llvm::description());
  std::vector<std::optional<Values>> results;
  for (const Task& task : tasks) {
    results.emplace_back();
    if (!llvm::fits(task.program)) continue;
    const auto compiled = llvm::compile(task.program, level);
    if (!compiled) throw std::runtime_error(compiled.error());
    results.back() = call(*compiled, task);
  }
  return results;
}

// One slot, rules at rest.
Task one_slot(const Task& task) {
  Task one = task;
  one.program.slots = {task.program.slots[task.origin.seed % task.program.slots.size()]};
  for (Point& point : one.points) point.factors.clear();
  return one;
}

// Each point at another place of a stretch: in every lane, and where no whole vector is left.
Values stretches(backends::llvm::CurveFunction curve, const Task& task) {
  constexpr std::int64_t longest = 21;
  const runtime::ArithmeticEnvironment environment;
  Values values;
  for (const Point& point : task.points) {
    const auto number = static_cast<std::int64_t>(values.size());
    const std::int64_t before = std::min(point.step, number % longest);
    const std::int64_t behind =
        std::min(runtime::maximum_step - point.step, number % (longest - before));
    double stretch[2 * longest];
    curve(point.step - before, before + 1 + behind, stretch);
    values.push_back(stretch[before]);
  }
  return values;
}

Results curves(std::span<const Task> tasks) {
  namespace llvm = backends::llvm;
  if (!llvm::available()) return tl::unexpected(llvm::description());
  std::vector<std::optional<Values>> results;
  for (const Task& task : tasks) {
    results.emplace_back();
    if (!llvm::fits(task.program)) continue;
    const auto curve = llvm::compile_curve(task.program, 0);
    if (!curve) throw std::runtime_error(curve.error());
    results.back() = stretches(*curve, task);
  }
  return results;
}

// What was compiled once is read from a file.
Results from_code_cache(std::span<const Task> tasks) {
  const Workspace files;
  setenv("LRC_CACHE", "on", 1);
  setenv("LRC_CACHE_DIR", files.path("").c_str(), 1);
  Results results = jit(tasks, Level::optimised);
  if (results && std::filesystem::is_empty(files.path("")))
    throw std::runtime_error("the code cache keeps nothing");
  if (results) results = jit(tasks, Level::optimised);
  setenv("LRC_CACHE", "off", 1);
  return results;
}

Backend jit_at(const char* name, Level level) {
  return {name, [level](std::span<const Task> tasks) { return jit(tasks, level); }};
}

Backend objects(const std::string& target, Level level = Level::optimised) {
  const std::string unoptimised = level == Level::quick ? " -O0" : "";
  return {"objects " + target + unoptimised,
          [=](std::span<const Task> tasks) { return linked_objects(tasks, target, level); }, true};
}

Backend c_by(const std::string& compiler) {
  return {"C by " + compiler,
          [=](std::span<const Task> tasks) { return exported_c(tasks, compiler); }, true};
}

std::vector<Backend> table() {
  return {{"interpreter -O3", &interpret<&runtime::evaluate>},
          {"interpreter -O0", &interpret<&interpreter_O0>},
          {"interpreter -O3 -march=native", &interpret<&interpreter_native>},
          {"interpreter, prepared", &prepared},
          jit_at("JIT -O2", Level::optimised),
          jit_at("JIT -O0", Level::quick),
          {"JIT -O2 from the code cache", &from_code_cache, true},
          {"whole curves in vectors", &curves, true, &one_slot},
          objects("x86-64"),
          objects("x86-64", Level::quick),
          {"objects nvptx-on-x86-64", &device_objects, true},
          {"shared libraries", &shared_libraries, true},
          {"objects aarch64 under qemu", &emulated_objects, true},
          c_by("g++ -x c++ -std=c++17 -O0"),
          c_by("g++ -x c++ -std=c++17 -O3 -march=native"),
          c_by("clang-19 -x c -std=c99 -O0"),
          c_by("clang-19 -x c -std=c99 -O3 -march=native")};
}

}  // namespace

Values call(runtime::CompiledFunction compiled, const Task& task) {
  const runtime::ArithmeticEnvironment environment;
  const std::size_t slots = task.program.slots.size();
  Values values(task.points.size() * slots);
  for (std::size_t i = 0; i < task.points.size(); ++i)
    compiled(task.points[i].step, values.data() + i * slots, task.points[i].given_factors());
  return values;
}

std::span<const Backend> backends() {
  static const std::vector<Backend> all = table();
  return all;
}

}  // namespace lrc::differential
