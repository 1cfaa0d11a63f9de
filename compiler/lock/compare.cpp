#include "compiler/lock/compare.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include <fmt/format.h>

#include "compiler/bind/bind.h"
#include "compiler/ir/canonical.h"
#include "compiler/lock/assume.h"
#include "runtime/host/evaluate.h"

namespace lrc::lock {
namespace {

using runtime::GroupSet;

// Values evaluated at most on either side: a few seconds.
constexpr std::int64_t maximum_evaluations = 40'000'000;
constexpr std::int64_t grid_points = 100'000;

template <class Items>
std::optional<std::uint32_t> index_of(const Items& items, const std::string& name) {
  const auto found =
      std::find_if(items.begin(), items.end(), [&](const auto& item) { return item.name == name; });
  if (found == items.end()) return std::nullopt;
  return static_cast<std::uint32_t>(found - items.begin());
}

// Whether an output has a value of its own in a group.
bool touches(const ir::Group& group, const std::string& output) {
  const auto of_output = [&](const auto& item) { return item.output == output; };
  return index_of(group.outputs, output) ||
         std::any_of(group.factors.begin(), group.factors.end(), of_output) ||
         std::any_of(group.clamps.begin(), group.clamps.end(), of_output);
}

bool touches(const ir::Program& program, const std::string& group, const std::string& output) {
  const auto index = index_of(program.groups, group);
  return index && touches(program.groups[*index], output);
}

// The outputs and groups that are compared. A group that only one side has is compared with the
// values outside any group: those its parameters have on the other side.
struct Names {
  std::vector<std::string> outputs;
  std::vector<std::string> groups;
};

Names names(const ir::Program& before, const ir::Program& after) {
  Names names;
  for (const ir::Output& output : before.outputs) {
    if (index_of(after.outputs, output.name)) names.outputs.push_back(output.name);
  }
  for (const auto* program : {&before, &after}) {
    for (const ir::Group& group : program->groups) {
      if (std::find(names.groups.begin(), names.groups.end(), group.name) == names.groups.end())
        names.groups.push_back(group.name);
    }
  }
  return names;
}

std::int64_t whole_steps(const exact::Rational& length) {
  const exact::Integer steps = exact::ceiling(length);
  return steps > runtime::maximum_step ? runtime::maximum_step : steps.convert_to<std::int64_t>();
}

// One side, bound: a slot for every output outside any group and in each group.
struct Side {
  bind::Bound bound;

  [[nodiscard]] double value(std::size_t group_set, std::size_t output, std::int64_t step) const {
    return runtime::evaluate(bound.program, bound.program.slot(output, group_set), step);
  }

  // The run; without one, as far as the phases go.
  [[nodiscard]] std::int64_t steps() const {
    if (bound.run) return std::max<std::int64_t>(1, whole_steps(*bound.run));
    std::int64_t last = assumed_run;
    for (const auto& of_output : bound.phases) {
      for (const auto& curve : of_output) {
        for (const bind::PlacedPhase& phase : curve) {
          last = std::max(last, whole_steps(phase.start) + 1);
          if (phase.end) last = std::max(last, whole_steps(*phase.end) + 1);
        }
      }
    }
    return last;
  }
};

tl::expected<Side, bind::Failure> bind_side(const ir::Program& program, const bind::Facts& facts,
                                            const Names& names) {
  bind::Request request{"", 0, "", names.outputs, {GroupSet{}}, true};
  for (const std::string& group : names.groups) {
    const auto index = index_of(program.groups, group);
    request.group_sets.push_back(index ? GroupSet{*index} : GroupSet{});
  }
  auto bound = bind::bind(program, facts, request);
  if (!bound) return tl::unexpected(std::move(bound.error()));
  return Side{std::move(*bound)};
}

struct Sides {
  Side before, after;
};

// Which steps are looked at, rising.
class Steps {
 public:
  Steps(std::int64_t count, std::int64_t series, const Sides& sides)
      : count_(count),
        affordable_(
            std::min(maximum_dense_run, maximum_evaluations / std::max<std::int64_t>(1, series))) {
    if (count <= affordable_) return;
    constexpr std::int64_t fewest = 100;
    const std::int64_t points = std::clamp(affordable_, fewest, grid_points);
    std::set<std::int64_t> steps;
    for (std::int64_t i = 0; i < points; ++i)
      steps.insert(
          static_cast<std::int64_t>(static_cast<runtime::Integer>(count - 1) * i / (points - 1)));
    for (const Side* side : {&sides.before, &sides.after}) {
      for (const runtime::Integer boundary : side->bound.program.thresholds)
        around(steps, boundary);
    }
    chosen_.assign(steps.begin(), steps.end());
  }

  [[nodiscard]] std::int64_t size() const {
    return chosen_.empty() ? count_ : static_cast<std::int64_t>(chosen_.size());
  }
  // How many steps of one series may be looked at.
  [[nodiscard]] std::int64_t affordable() const { return affordable_; }
  [[nodiscard]] std::int64_t operator[](std::int64_t i) const {
    return chosen_.empty() ? i : chosen_[static_cast<std::size_t>(i)];
  }

 private:
  void around(std::set<std::int64_t>& steps, runtime::Integer boundary) const {
    for (runtime::Integer step = boundary - 1; step <= boundary + 1; ++step) {
      if (step >= 0 && step < count_) steps.insert(static_cast<std::int64_t>(step));
    }
  }

  std::int64_t count_, affordable_;
  std::vector<std::int64_t> chosen_;  // empty: all
};

struct Series {
  std::size_t group_set, output;
};

std::vector<Series> all_series(const ir::Program& before, const ir::Program& after,
                               const Names& names) {
  std::vector<Series> series;
  for (std::size_t output = 0; output < names.outputs.size(); ++output) {
    series.push_back({0, output});
    for (std::size_t group = 0; group < names.groups.size(); ++group) {
      if (touches(before, names.groups[group], names.outputs[output]) ||
          touches(after, names.groups[group], names.outputs[output]))
        series.push_back({group + 1, output});
    }
  }
  return series;
}

double distance(const Point& point) { return std::fabs(point.after - point.before); }

// Larger by more than the rounding of the values: where a difference stays the same over many
// steps, the first of them is named.
bool clearly_larger(double a, double b) {
  constexpr double rounding = 1e-9;
  return a > b * (1 + rounding);
}

void note(Change& change, const Point& point) {
  if (point.before == 0) {
    if (!change.from_zero || clearly_larger(distance(point), distance(*change.from_zero)))
      change.from_zero = point;
  } else if (!change.largest || clearly_larger(percent(point), percent(*change.largest))) {
    change.largest = point;
  }
}

// Both sides at one output, outside any group or in one.
struct Pair {
  const Side& before;
  const Side& after;
  Series series;

  [[nodiscard]] Point at(std::int64_t step) const {
    return {step, before.value(series.group_set, series.output, step),
            after.value(series.group_set, series.output, step)};
  }
};

// Where a difference begins between a step that has none and one that has. Where two curves part,
// rounding may hide the difference again here and there, so the steps before the one that halving
// finds are looked at one by one.
Point onset(const Pair& pair, const std::int64_t start, Point different, std::int64_t one_by_one) {
  for (std::int64_t same = start; different.step - same > 1;) {
    const Point middle = pair.at(same + (different.step - same) / 2);
    if (middle.before == middle.after)
      same = middle.step;
    else
      different = middle;
  }
  const std::int64_t first = std::max(start + 1, different.step - one_by_one);
  for (std::int64_t step = first; step < different.step; ++step) {
    const Point point = pair.at(step);
    if (point.before != point.after) return point;
  }
  return different;
}

std::optional<Change> compare_pair(const Pair& pair, const Steps& steps) {
  std::optional<Change> change;
  for (std::int64_t i = 0; i < steps.size(); ++i) {
    const Point point = pair.at(steps[i]);
    if (point.before == point.after) continue;
    if (!change) {
      change.emplace();
      change->first = i == 0 ? point : onset(pair, steps[i - 1], point, steps.affordable());
      note(*change, change->first);
    }
    note(*change, point);
  }
  return change;
}

void compare_values(Comparison& comparison, const Sides& sides, const std::vector<Series>& series,
                    const Names& names, const Steps& steps) {
  for (const Series& item : series) {
    auto change = compare_pair({sides.before, sides.after, item}, steps);
    if (!change) continue;
    change->output = names.outputs[item.output];
    if (item.group_set != 0) change->group = names.groups[item.group_set - 1];
    comparison.changes.push_back(std::move(*change));
  }
}

// The settings to try, one after another: longer runs, then larger batches and longer epochs, then
// a run even where nothing needs one.
std::vector<Setting> settings() {
  constexpr std::int64_t longest = 1'000'000'000'000'000;
  constexpr std::int64_t longer = 10, larger = 1000, largest = 1'000'000;
  std::vector<Setting> settings;
  for (std::int64_t batch = 1; batch <= largest; batch *= larger) {
    for (std::int64_t run = assumed_run; run <= longest; run *= longer)
      settings.push_back({run, batch, assumed_epoch * batch});
  }
  settings.push_back({assumed_run, 1, assumed_epoch, true});
  return settings;
}

struct Bound {
  Setting setting;
  Sides sides;
};

// Both sides with the first setting that their phases fit; the error is that of the first.
tl::expected<Bound, bind::Failure> bind_both(const ir::Program& before, const ir::Program& after,
                                             const Names& names) {
  std::optional<bind::Failure> first;
  for (const Setting& setting : settings()) {
    auto old_side = bind_side(before, assume(before, after, setting).facts, names);
    auto new_side = bind_side(after, assume(after, before, setting).facts, names);
    if (old_side && new_side) return Bound{setting, {std::move(*old_side), std::move(*new_side)}};
    if (!first) first = old_side ? new_side.error() : old_side.error();
    using diagnostics::Code;
    if (first->code != Code::E0502 && first->code != Code::E0505 && first->code != Code::E0909)
      break;
  }
  return tl::unexpected(std::move(*first));
}

// A run that is left open is said whether or not the values depend on it: it bounds what is looked
// at.
std::vector<std::string> assumptions(const ir::Program& before, const ir::Program& after,
                                     const Setting& setting, std::int64_t run) {
  std::vector<std::string> said;
  if (run != 0) said.push_back(fmt::format("run {} steps", grouped(run)));
  for (const Assumptions& side : {assume(before, after, setting), assume(after, before, setting)}) {
    for (const std::string& words : side.words) {
      if (std::find(said.begin(), said.end(), words) == said.end()) said.push_back(words);
    }
  }
  return said;
}

}  // namespace

double percent(const Point& point) {
  constexpr double hundred = 100;
  return std::min(distance(point) / std::fabs(point.before) * hundred,
                  std::numeric_limits<double>::max());
}

Comparison compare(const ir::Program& before, const ir::Program& after) {
  Comparison comparison;
  comparison.notes = notes(before, after);
  const Names compared = names(before, after);
  const auto bound = bind_both(before, after, compared);
  if (!bound) {
    comparison.obstacle = bound.error().message;
    const bool open = !before.run || !after.run;
    comparison.assumed = assumptions(before, after, {}, open ? assumed_run : 0);
    return comparison;
  }
  const Sides& sides = bound->sides;
  comparison.steps = std::max(sides.before.steps(), sides.after.steps());
  const std::int64_t open_run = std::max(before.run ? 0 : sides.before.steps(),  //
                                         after.run ? 0 : sides.after.steps());
  comparison.assumed = assumptions(before, after, bound->setting, open_run);
  const std::vector<Series> series = all_series(before, after, compared);
  const Steps steps(comparison.steps, static_cast<std::int64_t>(series.size()), sides);
  comparison.compared = steps.size();
  compare_values(comparison, sides, series, compared, steps);
  return comparison;
}

Comparison compare(std::string_view before, const ir::Program& after) {
  const auto program = ir::read(before);
  if (program) return compare(*program, after);
  Comparison comparison;
  comparison.obstacle = "the locked text is of another version of the canonical form";
  return comparison;
}

const Change* Comparison::first() const {
  const auto found = std::min_element(
      changes.begin(), changes.end(),
      [](const Change& a, const Change& b) { return a.first.step < b.first.step; });
  return found == changes.end() ? nullptr : &*found;
}

const Change* Comparison::largest() const {
  const Change* found = nullptr;
  for (const Change& change : changes) {
    if (change.largest && (found == nullptr || percent(*change.largest) > percent(*found->largest)))
      found = &change;
  }
  return found;
}

const Change* Comparison::from_zero() const {
  const Change* found = nullptr;
  for (const Change& change : changes) {
    if (change.from_zero &&
        (found == nullptr || distance(*change.from_zero) > distance(*found->from_zero)))
      found = &change;
  }
  return found;
}

}  // namespace lrc::lock
