// A comparison in words.

#include <fmt/format.h>

#include "compiler/lock/assume.h"
#include "compiler/lock/compare.h"

namespace lrc::lock {
namespace {

// More would hide the rest; the whole list is in the JSON of `compile` and `lock`.
constexpr std::size_t maximum_lines = 6;

std::string name(const Change& change) {
  return change.group.empty() ? fmt::format("`{}`", change.output)
                              : fmt::format("`{}` in the group `{}`", change.output, change.group);
}

std::string largest(const Point& point) {
  return fmt::format("{:.4g}% {} at step {}", percent(point),
                     point.after > point.before ? "higher" : "lower", point.step);
}

std::string from_zero(const Point& point) {
  return fmt::format("from 0 to {} at step {}", point.after, point.step);
}

std::string details(const Change& change) {
  std::string text = fmt::format("{} from step {}: {} became {}", name(change), change.first.step,
                                 change.first.before, change.first.after);
  if (change.largest) text += fmt::format(", at most {}", largest(*change.largest));
  if (change.from_zero) text += fmt::format(", at most {}", from_zero(*change.from_zero));
  return text;
}

template <class Items, class Words>
void append(std::string& text, const Items& items, Words words) {
  for (std::size_t i = 0; i < items.size() && i < maximum_lines; ++i)
    text += "; " + words(items[i]);
  if (items.size() > maximum_lines)
    text += fmt::format("; and {} more of these", items.size() - maximum_lines);
}

}  // namespace

std::string summary(const Comparison& comparison) {
  if (!comparison.obstacle.empty())
    return fmt::format("no numbers can be shown: {}", comparison.obstacle);
  const Change* first = comparison.first();
  if (first == nullptr) return "no value differs at the facts of the comparison";
  std::string text =
      fmt::format("the first step that differs is step {}: {} was {} and is {}", first->first.step,
                  name(*first), first->first.before, first->first.after);
  if (const Change* change = comparison.largest()) {
    const std::string whose = change == first ? "" : fmt::format(" ({})", name(*change));
    text += fmt::format("; the largest difference is {}{}", largest(*change->largest), whose);
  }
  if (const Change* change = comparison.from_zero())
    text += fmt::format("; {} goes {}", name(*change), from_zero(*change->from_zero));
  return text;
}

std::string report(const Comparison& comparison) {
  std::string text = summary(comparison);
  if (comparison.changes.size() > 1) append(text, comparison.changes, details);
  append(text, comparison.notes, [](const std::string& note) { return note; });
  if (comparison.obstacle.empty())
    text +=
        comparison.compared == comparison.steps
            ? fmt::format("; compared at all {} steps", grouped(comparison.steps))
            : fmt::format("; compared at {} of {} steps: around every boundary and evenly between",
                          grouped(comparison.compared), grouped(comparison.steps));
  if (!comparison.assumed.empty())
    text += fmt::format("; assumed, as it is left open: {}", fmt::join(comparison.assumed, ", "));
  return text;
}

}  // namespace lrc::lock
