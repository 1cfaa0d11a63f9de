#include "runtime/host/differences.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "runtime/host/lines.h"

namespace lrc::runtime {
namespace {

std::string short_hash(const std::string& hash) {
  constexpr std::size_t shown = std::string_view("lrc1:").size() + 12;
  return hash.substr(0, shown);
}

std::string name_and_version(const Identity& identity) {
  if (identity.policy.empty()) return "a policy without a name";
  return "policy " + identity.policy + " version " + std::to_string(identity.version);
}

std::string_view first_word(std::string_view line) { return line.substr(0, line.find(' ')); }

// The lines of `one` that `other` does not have.
std::vector<std::string_view> lines_only_in(const std::string& one, const std::string& other) {
  const auto others = lines_of(other);
  std::vector<std::string_view> lines;
  for (const std::string_view line : lines_of(one)) {
    if (std::find(others.begin(), others.end(), line) == others.end()) lines.push_back(line);
  }
  return lines;
}

// Puts what was stated beside what is stated now, where both begin with the same word.
std::string fact_differences(const Identity& then, const Identity& now) {
  const auto line = [](std::string_view when, std::string_view what) {
    return std::string(when).append(what).append("\n");
  };
  std::string text;
  auto only_now = lines_only_in(now.facts, then.facts);
  for (const std::string_view fact : lines_only_in(then.facts, now.facts)) {
    text += line("  then: ", fact);
    const auto partner =
        std::find_if(only_now.begin(), only_now.end(),
                     [&](std::string_view other) { return first_word(other) == first_word(fact); });
    text += line("  now:  ", partner == only_now.end() ? "(not stated)" : *partner);
    if (partner != only_now.end()) only_now.erase(partner);
  }
  for (const std::string_view fact : only_now) {
    text += line("  then: ", "(not stated)") + line("  now:  ", fact);
  }
  return text;
}

std::string with_digits(double value, int digits) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value,
                                 std::chars_format::general, digits)
                       .ptr;
  return {text.data(), end};
}

// Two numbers for a person, in so many digits that they are seen to differ.
std::string then_and_now(std::optional<double> then, std::optional<double> now) {
  const auto shown = [](std::optional<double> value, int digits) {
    return value ? with_digits(*value, digits) : "(there is none)";
  };
  constexpr int usual = 6, exact = 17;
  const bool alike = shown(then, usual) == shown(now, usual);
  const int digits = alike ? exact : usual;
  return "then " + shown(then, digits) + ", now " + shown(now, digits);
}

bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

std::string name_of(const NamedValue& value) {
  return value.groups.empty() ? value.output : value.output + " in " + value.groups;
}

// Values that change, one a line, until there are too many.
class Changes {
 public:
  void add(const NamedValue& value, std::optional<double> then, std::optional<double> now) {
    if (count_++ < maximum_values_listed)
      text_ += "  " + name_of(value) + ": " + then_and_now(then, now) + "\n";
  }
  void stays() { ++stay_; }

  [[nodiscard]] std::string text() const {
    std::string text = text_;
    if (count_ > maximum_values_listed)
      text += "  and " + std::to_string(count_ - maximum_values_listed) + " more that change\n";
    if (stay_ > 0)
      text += "  " + std::to_string(stay_) + (stay_ == 1 ? " value stays\n" : " values stay\n");
    return text;
  }

 private:
  std::string text_;
  std::size_t count_ = 0, stay_ = 0;
};

}  // namespace

std::string described(const Identity& identity) {
  return name_and_version(identity) + ", " + short_hash(identity.hash);
}

std::string identity_differences(const State& then, const Identity& now) {
  const bool same_policy = then.identity.hash == now.hash;
  std::string text = "  then: " + described(then.identity) + ", after " +
                     std::to_string(then.step) + " updates\n  now:  " + described(now) + "\n";
  if (!same_policy && !now.policy.empty() &&
      name_and_version(then.identity) == name_and_version(now)) {
    text += "The two mean different things although both are called " + name_and_version(now) +
            ": a policy that changes needs a new version.\n";
  }
  if (then.identity.run_hash == now.run_hash) return text;
  std::string facts = fact_differences(then.identity, now);
  if (facts.empty() && same_policy) {
    facts =
        "  then: run hash " + then.identity.run_hash + "\n  now:  run hash " + now.run_hash + "\n";
  }
  return facts.empty() ? text : text + "The facts of the run differ:\n" + facts;
}

std::string value_differences(const State& then, std::int64_t step,
                              const std::vector<NamedValue>& now) {
  const ByName before(then.values), after(now);
  Changes changes;
  for (const NamedValue& value : now) {
    const auto partner = before.find(value);
    const auto was = partner ? std::optional(then.values[*partner].value) : std::nullopt;
    if (was && same_bits(*was, value.value))
      changes.stays();
    else
      changes.add(value, was, value.value);
  }
  for (const NamedValue& value : then.values) {
    if (!after.find(value)) changes.add(value, value.value, std::nullopt);
  }
  const std::string text = changes.text();
  const std::string coming = step == then.step ? std::to_string(step)
                                               : "which was " + std::to_string(then.step) +
                                                     " and is " + std::to_string(step) + " now";
  return text.empty() ? text : "What the coming update uses, " + coming + ":\n" + text;
}

}  // namespace lrc::runtime
