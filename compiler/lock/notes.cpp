// What changed between two programs besides their values.

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "compiler/bind/stand_in.h"
#include "compiler/ir/names.h"
#include "compiler/lock/compare.h"
#include "compiler/lock/rule_words.h"

namespace lrc::lock {
namespace {

constexpr int digits = 17;

// What is binary64 from the start is said as such a number is written.
std::string words(const exact::Rational& value) {
  const double real = exact::to_double(value);
  const bool is_real = std::isfinite(real) && exact::from_double(real) == value;
  return is_real ? fmt::format("{}", real) : exact::to_decimal(value, digits);
}
std::string words(const exact::Number& number) {
  return exact::spoken(number, [](const exact::Rational& value) { return words(value); });
}
std::string words(const ir::Level& level) {
  return words(level.amount) + (level.relative ? "x" : "");
}
std::string words(const ir::Clamp& clamp) {
  return fmt::format("{} .. {}", words(clamp.low), words(clamp.high));
}
std::string words(const ir::Length& length) {
  return fmt::format("{} {}", words(length.terms[0].amount), exact::plural(unit_of(length.of())));
}
std::string words(const exact::Rate& rate) {
  return fmt::format("1 {} = {} {}", singular(rate.of), exact::to_decimal(rate.amount, digits),
                     plural(rate.in));
}
std::string words(const ir::Parameter& parameter) {
  const std::string range =
      parameter.range
          ? fmt::format(" in {} .. {}", bind::written(parameter, parameter.range->first),
                        bind::written(parameter, parameter.range->second))
          : "";
  const std::string value =
      parameter.value ? " = " + bind::written(parameter, *parameter.value) : "";
  return fmt::format("{}{}{}", ir::parameter_names[static_cast<std::size_t>(parameter.type)], value,
                     range);
}
std::string words(const ir::Rule& rule) { return rule_words(rule); }
std::string words(const std::vector<std::string>& patterns) {
  return fmt::format("\"{}\"", fmt::join(patterns, "\", \""));
}

class Notes {
 public:
  std::vector<std::string> take() { return std::move(lines_); }

  template <class... Values>
  void add(fmt::format_string<Values...> text, Values&&... values) {
    lines_.push_back(fmt::format(text, std::forward<Values>(values)...));
  }

  // A thing that either side may have.
  template <class Value>
  void thing(const std::string& what, const Value* before, const Value* after) {
    if (before != nullptr && after != nullptr && !(*before == *after))
      add("{} was {} and is {}", what, words(*before), words(*after));
    if (before == nullptr && after != nullptr) add("{} is stated now: {}", what, words(*after));
    if (before != nullptr && after == nullptr)
      add("{} is no longer stated: it was {}", what, words(*before));
  }

  // Lists of things with a key: `each` gets null for what one side lacks.
  template <class Items, class Key, class Each>
  static void matched(const Items& before, const Items& after, Key key, Each each) {
    const auto find = [&](const Items& items, const auto& item) {
      const auto found = std::find_if(items.begin(), items.end(),
                                      [&](const auto& other) { return key(other) == key(item); });
      return found == items.end() ? nullptr : &*found;
    };
    for (const auto& item : before) each(&item, find(after, item));
    for (const auto& item : after) {
      if (find(before, item) == nullptr) each(decltype(&item){nullptr}, &item);
    }
  }

 private:
  std::vector<std::string> lines_;
};

template <class Value>
const Value* pointer(const std::optional<Value>& value) {
  return value ? &*value : nullptr;
}

void facts(Notes& notes, const ir::Program& before, const ir::Program& after) {
  notes.thing("the run", pointer(before.run), pointer(after.run));
  Notes::matched(
      before.rates, after.rates,
      [](const exact::Rate& rate) { return std::pair(rate.of, rate.in); },
      [&](const exact::Rate* a, const exact::Rate* b) {
        notes.thing(a != nullptr ? fmt::format("the rate of one {}", singular(a->of))
                                 : fmt::format("the rate of one {}", singular(b->of)),
                    a, b);
      });
  Notes::matched(
      before.peaks, after.peaks, [](const ir::Peak& peak) { return peak.output; },
      [&](const ir::Peak* a, const ir::Peak* b) {
        notes.thing(fmt::format("the peak of `{}`", (a != nullptr ? a : b)->output),
                    a == nullptr ? nullptr : &a->value, b == nullptr ? nullptr : &b->value);
      });
  Notes::matched(
      before.parameters, after.parameters, [](const ir::Parameter& item) { return item.name; },
      [&](const ir::Parameter* a, const ir::Parameter* b) {
        notes.thing(fmt::format("the parameter `{}`", (a != nullptr ? a : b)->name), a, b);
      });
}

void outputs(Notes& notes, const ir::Program& before, const ir::Program& after) {
  Notes::matched(
      before.outputs, after.outputs, [](const ir::Output& output) { return output.name; },
      [&](const ir::Output* a, const ir::Output* b) {
        if (a == nullptr) return notes.add("the output `{}` is new", b->name);
        if (b == nullptr) return notes.add("the output `{}` is gone", a->name);
        notes.thing(fmt::format("the clamp of `{}`", a->name), pointer(a->clamp),
                    pointer(b->clamp));
      });
}

void group(Notes& notes, const ir::Group& before, const ir::Group& after) {
  if (before.patterns != after.patterns) {
    notes.add("the group `{}` matched {} and matches {}", before.name, words(before.patterns),
              words(after.patterns));
  }
  Notes::matched(
      before.clamps, after.clamps, [](const ir::GroupClamp& item) { return item.output; },
      [&](const ir::GroupClamp* a, const ir::GroupClamp* b) {
        notes.thing(fmt::format("the clamp of `{}` in the group `{}`",
                                (a != nullptr ? a : b)->output, before.name),
                    a == nullptr ? nullptr : &a->clamp, b == nullptr ? nullptr : &b->clamp);
      });
}

void groups(Notes& notes, const ir::Program& before, const ir::Program& after) {
  std::vector<std::string> old_order, new_order;
  const auto name = [](const ir::Group& item) { return item.name; };
  Notes::matched(before.groups, after.groups, name, [&](const ir::Group* a, const ir::Group* b) {
    if (a == nullptr) return notes.add("the group `{}` is new", b->name);
    if (b == nullptr) return notes.add("the group `{}` is gone", a->name);
    old_order.push_back(a->name);
    group(notes, *a, *b);
  });
  for (const ir::Group& item : after.groups) {
    if (std::find(old_order.begin(), old_order.end(), item.name) != old_order.end())
      new_order.push_back(item.name);
  }
  if (old_order != new_order) notes.add("the groups stand in another order");
}

// By their places: the order of rules is part of what they mean.
void rules(Notes& notes, const ir::Program& before, const ir::Program& after) {
  const std::size_t count = std::max(before.rules.size(), after.rules.size());
  for (std::size_t k = 0; k < count; ++k) {
    const ir::Rule* a = k < before.rules.size() ? &before.rules[k] : nullptr;
    const ir::Rule* b = k < after.rules.size() ? &after.rules[k] : nullptr;
    notes.thing(fmt::format("rule {}", k + 1), a, b);
  }
}

}  // namespace

std::vector<std::string> notes(const ir::Program& before, const ir::Program& after) {
  Notes found;
  facts(found, before, after);
  outputs(found, before, after);
  groups(found, before, after);
  rules(found, before, after);
  return found.take();
}

}  // namespace lrc::lock
