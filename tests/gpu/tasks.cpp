// Random policies, one a line of JSON on standard input (differential/task.h), as programs for a
// GPU with the bits that the interpreter gives: what bits.py reads, on standard output.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <bit>
#include <iostream>
#include <nlohmann/json.hpp>

#include "compiler/backends/llvm/emit.h"
#include "runtime/host/evaluate.h"
#include "tests/differential/task.h"

namespace lrc::differential {
namespace {

// The oldest target: every driver takes its code to the device that is there.
constexpr const char* target = "sm_75";

// A kernel takes the same factors for all of its steps: those of the first point.
std::string bits_of_all(const Task& task, const std::vector<double>& factors) {
  std::string hex;
  for (const Point& point : task.points) {
    for (std::size_t slot = 0; slot < task.program.slots.size(); ++slot) {
      const double value = runtime::evaluate(task.program, slot, point.step, factors.data());
      const auto bits = std::bit_cast<std::uint64_t>(value);
      for (unsigned byte = 0; byte < 8; ++byte) {
        hex += fmt::format("{:02x}", bits >> (8 * byte) & 0xff);
      }
    }
  }
  return hex;
}

nlohmann::json line_of(const Task& task, const std::string& ptx) {
  std::vector<std::int64_t> steps;
  for (const Point& point : task.points) steps.push_back(point.step);
  const std::vector<double>& factors = task.points.front().factors;
  nlohmann::json line = {{"policy", task.origin.text},
                         {"slots", task.program.slots.size()},
                         {"steps", steps},
                         {"factors", nullptr},
                         {"ptx", ptx},
                         {"values", bits_of_all(task, factors)}};
  if (!factors.empty()) line["factors"] = factors;
  return line;
}

// Programs that are too large for compiled code are left out; `reason` says why the last one was.
std::optional<nlohmann::json> read_line(const std::string& line, std::size_t positions,
                                        std::string& reason) {
  const auto task = make_task(read_case(line), positions);
  if (!task) return std::nullopt;
  backends::llvm::EmitRequest request;
  request.form = backends::llvm::Form::assembly;
  request.target = target;
  const auto ptx = backends::llvm::emit(task->program, request);
  if (!ptx) {
    reason = ptx.error();
    return std::nullopt;
  }
  return line_of(*task, *ptx);
}

}  // namespace
}  // namespace lrc::differential

int main(int argc, char** argv) {
  std::size_t programs = 1000;
  std::size_t positions = 100;
  CLI::App app("Policies from standard input, as tasks for a GPU.");
  app.add_option("--programs", programs, "how many");
  app.add_option("--positions", positions, "of each");
  CLI11_PARSE(app, argc, argv);
  std::size_t written = 0;
  std::size_t left_out = 0;
  std::string reason;
  for (std::string line; written < programs && std::getline(std::cin, line);) {
    const auto task = lrc::differential::read_line(line, positions, reason);
    if (task) {
      std::cout << task->dump() << '\n';
      ++written;
    } else if (++left_out > 1000 + written) {  // without an emitter, that would be all of them
      std::cerr << "almost every program is left out, the last one because " << reason << '\n';
      break;
    }
  }
  std::cerr << written << " programs\n";
  return written == programs ? 0 : 1;
}
