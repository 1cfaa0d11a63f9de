#include "tests/differential/task.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <utility>

#include "compiler/compile/compile.h"
#include "runtime/host/rules.h"

namespace lrc::differential {
namespace {

using Random = std::mt19937_64;
using runtime::GroupSet;
using runtime::Integer;
using runtime::maximum_step;

std::optional<std::string> optional_text(const nlohmann::json& line, const char* name) {
  return line.contains(name) ? std::optional(line.at(name).get<std::string>()) : std::nullopt;
}

bool assigns_the_same(const policy::Group& a, const policy::Group& b) {
  return std::any_of(a.outputs.begin(), a.outputs.end(), [&b](const policy::Output& one) {
    return std::any_of(b.outputs.begin(), b.outputs.end(),
                       [&one](const policy::Output& other) { return one.name == other.name; });
  });
}

// No group, some groups alone, and a few that may meet in one parameter.
std::vector<GroupSet> group_sets(const std::vector<policy::Group>& groups, Random& random) {
  constexpr std::size_t most_alone = 4;
  std::vector<std::uint32_t> order(groups.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::shuffle(order.begin(), order.end(), random);
  std::vector<GroupSet> sets = {{}};
  GroupSet together;
  for (const std::uint32_t group : order) {
    if (sets.size() <= most_alone) sets.push_back({group});
    const bool meets = std::none_of(together.begin(), together.end(), [&](std::uint32_t other) {
      return assigns_the_same(groups[group], groups[other]);
    });
    if (meets && random() % 2 == 0) together.push_back(group);
  }
  std::sort(together.begin(), together.end());
  if (together.size() > 1) sets.push_back(together);
  return sets;
}

void insert_around(std::set<std::int64_t>& steps, Integer middle) {
  for (Integer step = middle - 1; step <= middle + 1; ++step) {
    if (step >= 0 && step <= maximum_step) steps.insert(static_cast<std::int64_t>(step));
  }
}

// Up to `most` of them, chosen by chance.
std::set<std::int64_t> some_of(const std::set<std::int64_t>& steps, std::size_t most,
                               Random& random) {
  std::vector<std::int64_t> chosen(steps.begin(), steps.end());
  std::shuffle(chosen.begin(), chosen.end(), random);
  chosen.resize(std::min(chosen.size(), most));
  return {chosen.begin(), chosen.end()};
}

std::set<std::int64_t> steps_of(const bind::Bound& bound, std::size_t count, Random& random) {
  std::set<std::int64_t> boundaries, steps = {0, 1, 2, maximum_step};
  for (const Integer threshold : bound.program.thresholds) insert_around(boundaries, threshold);
  for (const unsigned power : {31U, 53U, 62U}) {
    if (random() % 2 == 0) insert_around(steps, Integer{1} << power);
  }
  std::int64_t end = std::int64_t{1} << (1 + random() % 40);
  if (bound.run && exact::floor(*bound.run) < maximum_step / 4) {
    end = exact::floor(*bound.run).convert_to<std::int64_t>();
    insert_around(steps, end);
    steps.insert(end + static_cast<std::int64_t>(random() % 1000));  // behind the end
  }
  steps.merge(some_of(boundaries, count / 2, random));
  const auto within = static_cast<std::uint64_t>(end + end / 2 + 2);
  for (std::size_t tries = 0; steps.size() < count && tries < count; ++tries)
    steps.insert(static_cast<std::int64_t>(random() % within));
  while (steps.size() < count)
    steps.insert(static_cast<std::int64_t>(random() >> (1 + random() % 62)));
  return steps;
}

// What rules can make of a reaction: nothing, its bounds, a power of its factor.
double factor(const runtime::Reaction& reaction, Random& random) {
  const runtime::FactorBounds bounds = runtime::factor_bounds(reaction);
  switch (random() % 5) {
    case 0: return 1;
    case 1: return bounds.low;
    case 2: return bounds.high;
    default: break;
  }
  double value = 1;
  for (std::uint64_t firings = 1 + random() % 6; firings > 0; --firings) value *= reaction.by;
  return std::clamp(value, bounds.low, bounds.high);
}

template <class Result>
std::string refusal(const Result& result) {
  for (const diagnostics::Issue& issue : result.issues) {
    const diagnostics::CodeFacts& facts = diagnostics::facts(issue.code);
    if (facts.severity == diagnostics::Severity::error) return std::string(facts.name);
  }
  return "no code";
}

}  // namespace

Case read_case(const std::string& line) {
  const auto read = nlohmann::json::parse(line);
  Case made{read.at("seed"), read.at("again"), read.at("path"), read.at("text"), {}};
  made.facts.run = optional_text(read, "run");
  made.facts.peak = optional_text(read, "peak");
  made.facts.batch = optional_text(read, "batch");
  made.facts.rates = read.at("rates").get<std::vector<std::string>>();
  made.facts.parameters =
      read.at("parameters").get<std::vector<std::pair<std::string, std::string>>>();
  return made;
}

tl::expected<Task, std::string> make_task(Case origin, std::size_t positions) {
  Random random(origin.seed);
  const auto compilation = compile::compile(source::make_source(origin.path, origin.text));
  if (!compilation.policy) return tl::unexpected(refusal(compilation));
  const auto sets = group_sets(compilation.policy->policy.groups, random);
  auto binding = compile::bind(*compilation.policy, origin.facts, {}, sets);
  if (!binding.bound) return tl::unexpected(refusal(binding));
  Task task{std::move(origin), {}, {}};
  for (const std::int64_t step : steps_of(*binding.bound, positions, random)) {
    Point point{step, {}};
    for (const runtime::Reaction& reaction : binding.bound->program.reactions)
      point.factors.push_back(factor(reaction, random));
    task.points.push_back(std::move(point));
  }
  task.program = std::move(binding.bound->program);
  return task;
}

}  // namespace lrc::differential
