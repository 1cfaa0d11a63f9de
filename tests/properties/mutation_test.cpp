// One slip of the hand, one message, where it was made: single tokens of good policies are changed
// at random. `mutation_test FOLDERS… [--count N] [--seed S] [--show]`; what is rejected counts.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

#include <fmt/format.h>

#include "compiler/compile/compile.h"
#include "tests/properties/mutation.h"

namespace {

using namespace lrc;

struct Figures {
  std::size_t tried = 0, compiled = 0, rejected = 0, on_line = 0, alone = 0;

  [[nodiscard]] double share(std::size_t part) const {
    return rejected == 0 ? 100.0
                         : 100.0 * static_cast<double>(part) / static_cast<double>(rejected);
  }
  void print(std::string_view name) const {
    fmt::print(
        "{:<28} {:>7} tried, {:>6} still compile, {:>7} rejected; first on the line {:.2f}%, "
        "one error {:.2f}%\n",
        name, tried, compiled, rejected, share(on_line), share(alone));
  }
};

struct Miss {
  std::size_t count = 0;
  std::vector<std::string> examples;
};
using Misses = std::map<std::string, Miss>;

void note(Misses& misses, const std::string& name, std::string example) {
  Miss& miss = misses[name];
  ++miss.count;
  if (miss.examples.size() < 4) miss.examples.push_back(std::move(example));
}

void show(std::string_view title, const Misses& misses) {
  std::vector<std::pair<std::string, Miss>> sorted(misses.begin(), misses.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.second.count > b.second.count; });
  fmt::print("\n== {}\n", title);
  for (std::size_t i = 0; i < sorted.size() && i < 25; ++i) {
    fmt::print("{:>6} {}\n", sorted[i].second.count, sorted[i].first);
    for (const std::string& example : sorted[i].second.examples) fmt::print("       {}\n", example);
  }
}

struct Run {
  Figures all, of_many_lines;
  std::map<std::string_view, Figures> by_kind;
  Misses off_line, several;

  void judge(const test::Good& good, const test::Mutant& mutant) {
    Figures& kind = by_kind[mutant.kind];
    std::vector<Figures*> counted = {&all, &kind};
    if (!good.one_line) counted.push_back(&of_many_lines);
    for (Figures* figures : counted) ++figures->tried;
    const auto compilation = compile::compile(source::make_source(good.source->name, mutant.text));
    const diagnostics::Issues& issues = compilation.issues;
    const auto errors = std::count_if(issues.begin(), issues.end(), [](const auto& issue) {
      return diagnostics::has_errors({issue});
    });
    if (errors == 0) {
      for (Figures* figures : counted) ++figures->compiled;
      return;
    }
    const auto& first = issues.front();
    const std::uint32_t line = first.span.source == nullptr
                                   ? 0
                                   : source::position(*first.span.source, first.span.begin).line;
    for (Figures* figures : counted) {
      ++figures->rejected;
      figures->on_line += line == mutant.line ? 1 : 0;
      figures->alone += errors == 1 ? 1 : 0;
    }
    const auto name = [&](const auto& issue) {
      return fmt::format("{} {}", mutant.kind, diagnostics::facts(issue.code).name);
    };
    const std::string example =
        fmt::format("{}:{}: `{}` is `{}`: line {}: {}",
                    good.source->name.substr(good.source->name.rfind('/') + 1), mutant.line,
                    mutant.was, mutant.is, line, first.message);
    if (line != mutant.line) note(off_line, name(first), example);
    if (errors > 1)
      note(several, name(first) + " then " + std::string(diagnostics::facts(issues[1].code).name),
           example + " / " + issues[1].message);
  }
};

bool holds(const Figures& figures) {
  return figures.share(figures.on_line) >= 95.0 && figures.share(figures.alone) >= 90.0;
}

}  // namespace

int main(int count, char** arguments) {
  std::vector<std::string> folders;
  std::size_t wanted = 10'000;
  std::uint64_t seed = 1;
  bool verbose = false;
  for (int i = 1; i < count; ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "--count" && i + 1 < count)
      wanted = std::strtoull(arguments[++i], nullptr, 10);
    else if (argument == "--seed" && i + 1 < count)
      seed = std::strtoull(arguments[++i], nullptr, 10);
    else if (argument == "--show")
      verbose = true;
    else
      folders.emplace_back(argument);
  }
  const auto policies = test::good_policies(folders);
  if (policies.empty()) return 1;
  fmt::print("{} good policies, seed {}\n", policies.size(), seed);
  test::Mutations mutations(seed);
  Run run;
  while (run.all.rejected < wanted) {
    const test::Good& good = mutations.pick(policies);
    const test::Mutant mutant = mutations.mutate(good);
    if (mutant.text != good.source->text) run.judge(good, mutant);
  }
  for (const auto& [kind, figures] : run.by_kind) figures.print(kind);
  run.of_many_lines.print("policies of many lines");
  run.all.print("all");
  if (verbose) show("not on the line", run.off_line), show("several errors", run.several);
  return holds(run.all) && holds(run.of_many_lines) ? 0 : 1;
}
