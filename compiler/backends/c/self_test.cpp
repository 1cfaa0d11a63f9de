#include "compiler/backends/c/self_test.h"

#include <algorithm>
#include <bit>
#include <set>

#include "runtime/host/evaluate.h"

namespace lrc::backends::c {
namespace {

using runtime::Instruction;
using runtime::Integer;
using runtime::Operation;
using runtime::Program;
using runtime::Segment;

constexpr std::size_t most_boundaries = 6;
constexpr std::size_t spread = 12;
constexpr std::size_t most_candidates = 4000;

void add_step(std::set<std::int64_t>& steps, Integer step) {
  if (0 <= step && step <= runtime::maximum_step) steps.insert(static_cast<std::int64_t>(step));
}

// Boundaries of every curve; where a curve is read at other positions, its own mean little, but
// they do no harm.
std::vector<Integer> boundaries(const Program& program) {
  std::set<Integer> result;
  for (const Integer threshold : program.thresholds) {
    if (0 < threshold && threshold <= runtime::maximum_step) result.insert(threshold);
  }
  return {result.begin(), result.end()};
}

// At most `count` entries, evenly, with both ends.
std::vector<Integer> thinned(const std::vector<Integer>& all, std::size_t count) {
  if (all.size() <= count) return all;
  std::vector<Integer> result;
  for (std::size_t k = 0; k < count; ++k) result.push_back(all[k * (all.size() - 1) / (count - 1)]);
  return result;
}

// Which codes an update reads.
class Reading {
 public:
  explicit Reading(const Program& program) : program_(program) {}

  // Whether one of them was not read before.
  bool reads_more(const Segment& segment, Integer position) {
    bool more = read_.insert(segment.code).second;
    const Integer* integers = program_.integers.data() + segment.first_integer;
    for (const Instruction& i : program_.codes[segment.code]) {
      const auto place = [&] { return position * integers[i.b] + integers[i.b + 1]; };
      if (i.operation == Operation::curve) more |= curve(i.a, position);
      if (i.operation == Operation::cycle) more |= curve(i.a, place() % integers[i.b + 2]);
      if (i.operation == Operation::held)
        more |= curve(i.a, std::max<Integer>(place(), 0) / integers[i.b + 2] * integers[i.b + 3]);
    }
    return more;
  }

 private:
  bool curve(std::uint32_t index, Integer position) {
    const runtime::Curve& its = program_.curves[index];
    const Integer* first = program_.thresholds.data() + its.first_threshold;
    const auto passed = std::upper_bound(first, first + (its.segments - 1), position) - first;
    const std::size_t segment = its.first_segment + static_cast<std::size_t>(passed);
    return reads_more(program_.segments[segment], position);
  }

  const Program& program_;
  std::set<std::uint32_t> read_;
};

std::set<std::int64_t> chosen_steps(const Program& program) {
  std::set<std::int64_t> steps = {0, 1, runtime::maximum_step};
  const std::vector<Integer> all = boundaries(program);
  for (const Integer boundary : thinned(all, most_boundaries)) {
    for (const int beside : {-1, 0, 1}) add_step(steps, boundary + beside);
  }
  const Integer end = all.empty() ? 1000 : all.back();
  for (std::size_t k = 1; k <= spread; ++k)
    add_step(steps, end * static_cast<Integer>(2 * k - 1) / static_cast<Integer>(2 * spread));
  return steps;
}

std::set<std::int64_t> candidates(const Program& program) {
  std::set<std::int64_t> steps;
  const std::vector<Integer> all = boundaries(program);
  Integer before = 0;
  for (const Integer boundary : thinned(all, most_candidates)) {
    add_step(steps, boundary);
    add_step(steps, before + (boundary - before) / 2);
    before = boundary;
  }
  for (unsigned power = 1; power < 63; ++power) add_step(steps, Integer{1} << power);
  for (std::int64_t step = 2; step < 64; ++step) steps.insert(step);
  return steps;
}

}  // namespace

std::vector<SelfTestRow> self_test_rows(const Program& program) {
  std::vector<SelfTestRow> rows;
  Reading reading(program);
  const auto add = [&](std::int64_t step, std::size_t slot) {
    rows.push_back(
        {step, slot, std::bit_cast<std::uint64_t>(runtime::evaluate(program, slot, step))});
  };
  std::size_t turn = 0;
  for (const std::int64_t step : chosen_steps(program)) {
    const std::size_t slot = turn++ % program.slots.size();
    reading.reads_more(program.slots[slot].value, step);
    add(step, slot);
  }
  for (const std::int64_t step : candidates(program)) {
    for (std::size_t slot = 0; slot < program.slots.size(); ++slot) {
      if (reading.reads_more(program.slots[slot].value, step)) add(step, slot);
    }
  }
  return rows;
}

}  // namespace lrc::backends::c
