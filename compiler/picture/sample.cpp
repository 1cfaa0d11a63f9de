#include "compiler/picture/sample.h"

#include <algorithm>

#include "runtime/host/evaluate.h"

namespace lrc::picture {
namespace {

using Step = std::int64_t;

// How many updates begin before `length`, at least one.
Step updates_in(const exact::Rational& length) {
  const exact::Integer count = exact::ceiling(length);
  if (count > runtime::maximum_step) return runtime::maximum_step;
  return std::max<Step>(1, count.convert_to<Step>());
}

class Sampler {
 public:
  Sampler(const runtime::Program& program, std::size_t slot, Step updates, std::size_t columns)
      : program_(program), slot_(slot), updates_(updates), columns_(columns) {}

  [[nodiscard]] Column column(std::size_t index, const std::vector<Step>& marks) const {
    const Step begin = edge(index);
    const Step end = std::max(begin + 1, edge(index + 1));
    Column column{at(begin), at(begin), at(begin), at(end - 1)};
    add(column, column.last);
    const Step count = end - begin;
    constexpr Step enough = 128;
    if (count <= enough) {
      for (Step step = begin; step < end; ++step) add(column, at(step));
    } else {
      // Steps of the golden ratio fall in with no period of the schedule.
      constexpr double golden = 0.6180339887498949;
      double share = 0;
      for (Step i = 0; i < enough; ++i) {
        share += share + golden < 1 ? golden : golden - 1;
        add(column,
            at(begin + std::min(count - 1, static_cast<Step>(share * static_cast<double>(count)))));
      }
    }
    const auto first = std::lower_bound(marks.begin(), marks.end(), begin);
    for (auto mark = first; mark != marks.end() && *mark < end; ++mark) add(column, at(*mark));
    return column;
  }

 private:
  [[nodiscard]] Step edge(std::size_t index) const {
    return static_cast<Step>(static_cast<runtime::Integer>(updates_) *
                             static_cast<runtime::Integer>(index) /
                             static_cast<runtime::Integer>(columns_));
  }
  [[nodiscard]] double at(Step step) const { return runtime::evaluate(program_, slot_, step); }
  static void add(Column& column, double value) {
    column.low = std::min(column.low, value);
    column.high = std::max(column.high, value);
  }

  const runtime::Program& program_;
  std::size_t slot_;
  Step updates_;
  std::size_t columns_;
};

}  // namespace

std::vector<Column> sample(const runtime::Program& program, std::size_t slot,
                           const exact::Rational& length, std::size_t columns,
                           const std::vector<exact::Rational>& boundaries) {
  const Step updates = updates_in(length);
  std::vector<Step> marks;
  for (const exact::Rational& boundary : boundaries) {
    const exact::Integer first = exact::ceiling(boundary);
    if (first <= 0 || first >= updates) continue;
    marks.push_back(first.convert_to<Step>() - 1);
    marks.push_back(first.convert_to<Step>());
  }
  std::sort(marks.begin(), marks.end());
  const Sampler sampler(program, slot, updates, columns);
  std::vector<Column> result;
  for (std::size_t i = 0; i < columns; ++i) result.push_back(sampler.column(i, marks));
  return result;
}

}  // namespace lrc::picture
