// Reads policies, one a line of JSON (task.h), and compares what every backend makes of them. What
// was found is printed as one line of JSON, which differential_test.py reads.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <bit>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "tests/differential/backends.h"
#include "tests/differential/coverage.h"

namespace lrc::differential {
namespace {

// Shown in full; the rest is counted.
constexpr std::size_t most_shown = 5;

struct Count {
  std::size_t programs = 0, values = 0, different = 0, beyond_limit = 0;
  double seconds = 0;
  std::string skipped;
};

struct Options {
  std::size_t policies = 500;
  std::size_t positions = 100;
  std::size_t batch = 250;            // programs that a backend is given at once
  std::optional<std::size_t> turn{};  // of the costly backends only this one; none: all
};

// The backends that are compared, the oracle first.
std::vector<const Backend*> chosen(const Options& options) {
  std::vector<const Backend*> all, costly;
  for (const Backend& backend : backends())
    (backend.costly && options.turn ? costly : all).push_back(&backend);
  // Every other turn is without one.
  if (!costly.empty() && *options.turn % 2 == 0)
    all.push_back(costly[*options.turn / 2 % costly.size()]);
  return all;
}

class Comparison {
 public:
  explicit Comparison(const Options& options) : backends_(chosen(options)) {}

  void compare(std::span<const Task> tasks) {
    const Results expected = backends_.front()->run(tasks);
    for (const Backend* backend : backends_) {
      if (backend->view)
        compare_views(*backend, tasks);
      else
        compare(*backend, *expected, tasks);
    }
  }

  void refused(const std::string& code) { ++refused_[code]; }

  // Whatever a text says, compiling it does not throw; nor does a backend fail.
  void failed(const Case& origin, const char* what) {
    ++failed_;
    if (shown_.size() >= most_shown) return;
    shown_.push_back(fmt::format("failed: {}\n  again: {}\n{}", what, origin.again, origin.text));
  }

  void accepted(const Task& task) {
    ++accepted_;
    count_operations(task.program, operations_);
    count_forms(task.origin.text, words_, forms_);
  }

  [[nodiscard]] std::size_t policies() const { return accepted_; }

  [[nodiscard]] std::string report() const {
    nlohmann::json by_backend = nlohmann::json::array();
    for (const Backend* backend : backends_) {
      const auto found = counts_.find(backend->name);
      const Count count = found == counts_.end() ? Count{} : found->second;
      by_backend.push_back({{"name", backend->name},
                            {"programs", count.programs},
                            {"values", count.values},
                            {"different", count.different},
                            {"beyond its limit", count.beyond_limit},
                            {"seconds", count.seconds},
                            {"skipped", count.skipped}});
    }
    const nlohmann::json all = {{"policies", accepted_}, {"failed", failed_},
                                {"refused", refused_},   {"backends", by_backend},
                                {"differences", shown_}, {"operations", operations_},
                                {"words", words_},       {"forms", forms_}};
    return all.dump();
  }

 private:
  void compare(const Backend& backend, const std::vector<std::optional<Values>>& expected,
               std::span<const Task> tasks) {
    Count& count = counts_[backend.name];
    const auto begin = std::chrono::steady_clock::now();
    const Results results = run(backend, tasks);
    count.seconds +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    if (!results) {
      count.skipped = results.error();
      return;
    }
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      const std::optional<Values>& values = (*results)[i];
      if (!values) {
        ++count.beyond_limit;
        continue;
      }
      ++count.programs;
      compare(backend, tasks[i], *expected[i], *values, count);
    }
  }

  void compare(const Backend& backend, const Task& task, const Values& expected,
               const Values& values, Count& count) {
    const std::size_t slots = task.program.slots.size();
    count.values += expected.size();
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const bool is_there = i < values.size();
      const auto bits = std::bit_cast<std::uint64_t>(is_there ? values[i] : 0.0);
      if (is_there && bits == std::bit_cast<std::uint64_t>(expected[i])) continue;
      ++count.different;
      if (shown_.size() >= most_shown) continue;
      shown_.push_back(fmt::format(
          "{} differs from {}, seed {}, slot {}, step {}:\n  {:016x} {}\n  {:016x} {}{}\n"
          "  again: {}\n{}",
          backend.name, backends_.front()->name, task.origin.seed, i % slots,
          task.points[i / slots].step, std::bit_cast<std::uint64_t>(expected[i]), expected[i], bits,
          is_there ? values[i] : 0.0, is_there ? "" : " (no value)", task.origin.again,
          task.origin.text));
    }
  }

  void compare_views(const Backend& backend, std::span<const Task> tasks) {
    std::vector<Task> views;
    for (const Task& task : tasks) views.push_back(backend.view(task));
    const Results expected = backends_.front()->run(views);
    compare(backend, *expected, views);
  }

  // Where a backend fails on many programs, it is asked for each alone: which one is it?
  Results run(const Backend& backend, std::span<const Task> tasks) {
    try {
      return backend.run(tasks);
    } catch (const std::exception& bug) {
      if (tasks.size() == 1) {
        failed(tasks[0].origin, (backend.name + ": " + bug.what()).c_str());
        return std::vector<std::optional<Values>>(1);
      }
    }
    std::vector<std::optional<Values>> results;
    for (const Task& task : tasks) {
      Results one = run(backend, {&task, 1});
      if (!one) return one;
      results.push_back(std::move(one->front()));
    }
    return results;
  }

  std::size_t accepted_ = 0, failed_ = 0;
  std::vector<const Backend*> backends_;
  Tally refused_, operations_ = no_operations(), words_ = no_words(), forms_;
  std::map<std::string, Count> counts_;
  std::vector<std::string> shown_;
};

void run(const Options& options) {
  Comparison comparison(options);
  std::vector<Task> tasks;
  const auto compare = [&] {
    if (!tasks.empty()) comparison.compare(tasks);
    tasks.clear();
  };
  std::string line;
  while (comparison.policies() < options.policies && std::getline(std::cin, line)) {
    const Case origin = read_case(line);
    try {
      auto task = make_task(origin, options.positions);
      if (!task) {
        comparison.refused(task.error());
        continue;
      }
      comparison.accepted(*task);
      tasks.push_back(std::move(*task));
    } catch (const std::exception& bug) {
      comparison.failed(origin, bug.what());
    }
    if (tasks.size() == options.batch) compare();
  }
  compare();
  std::cout << comparison.report() << '\n';
}

}  // namespace
}  // namespace lrc::differential

int main(int argc, char** argv) {
  lrc::differential::Options options;
  CLI::App app("Policies from standard input, by every backend.");
  app.add_option("--policies", options.policies, "how many that lrc accepts");
  app.add_option("--positions", options.positions, "of each");
  app.add_option("--batch", options.batch, "programs that a backend is given at once");
  app.add_option("--turn", options.turn, "of the costly backends only this one, in a circle");
  CLI11_PARSE(app, argc, argv);
  lrc::differential::run(options);
  return 0;
}
