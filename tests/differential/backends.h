#pragma once
// What is compared with the interpreter: one row a backend. A backend is given many programs at
// once, so that one may compile, link or start something once for all of them.

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "runtime/host/schedule.h"
#include "tests/differential/task.h"

namespace lrc::differential {

// Of every point in turn, the values of every slot.
using Values = std::vector<double>;

// By task; nothing where a program is beyond a published limit of the backend. The error says what
// is missing on this machine.
using Results = tl::expected<std::vector<std::optional<Values>>, std::string>;

struct Backend {
  std::string name;
  std::function<Results(std::span<const Task> tasks)> run;
  // It starts compilers and linkers: in a long run such backends take turns.
  bool costly = false;
  // What it computes of a task, where that is not all.
  std::function<Task(const Task& task)> view = {};
};

// What a function of this process gives for all points of a task.
[[nodiscard]] Values call(runtime::CompiledFunction compiled, const Task& task);

// The first is the oracle.
[[nodiscard]] std::span<const Backend> backends();

}  // namespace lrc::differential
