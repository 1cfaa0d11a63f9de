// Groups that set one output for the same parameters: each parameter would have two values (M10).

#include <algorithm>
#include <tuple>

#include "compiler/check/context.h"
#include "compiler/policy/patterns.h"

namespace lrc::check {
namespace {

// Beyond these nothing is said here: binding finds every parameter that is set twice.
constexpr std::size_t maximum_comparisons = 50'000;
constexpr std::size_t maximum_pattern = 200;  // bytes

struct Setting {
  std::string_view prefix;  // of the pattern, up to its first star
  std::string_view pattern;
  const policy::Group* group;
  const policy::Output* output;
};

std::map<std::string_view, std::vector<Setting>> settings_by_output(const policy::Policy& policy) {
  std::map<std::string_view, std::vector<Setting>> found;
  for (const policy::Group& group : policy.groups) {
    for (const policy::Output& output : group.outputs) {
      for (const std::string& pattern : group.patterns) {
        if (pattern.size() > maximum_pattern) continue;
        const std::string_view text = pattern;
        found[output.name].push_back({text.substr(0, text.find('*')), text, &group, &output});
      }
    }
  }
  return found;
}

void warn(Context& context, const Setting& first, const Setting& second) {
  Issue& issue =
      context.report(Code::W0504, second.output->span,
                     fmt::format("`{}` and `{}` both set `{}` where both match", first.group->name,
                                 second.group->name, second.output->name));
  issue.labels.push_back(Label{first.output->span, "set here, too"});
  issue.reason =
      fmt::format("a parameter called `{}` would have two values, and a run with one is refused",
                  policy::common_name(first.pattern, second.pattern).value());
}

}  // namespace

void check_overlaps(Context& context, const policy::Policy& policy) {
  std::size_t comparisons = 0;
  for (auto& [output, settings] : settings_by_output(policy)) {
    // Only patterns of which one begins with the other's letters have a name in common.
    std::sort(settings.begin(), settings.end(), [](const Setting& a, const Setting& b) {
      return std::tie(a.prefix, a.group, a.pattern) < std::tie(b.prefix, b.group, b.pattern);
    });
    bool found = false;
    for (auto first = settings.begin(); first != settings.end() && !found; ++first) {
      for (auto other = first + 1; other != settings.end() && !found; ++other) {
        if (!other->prefix.starts_with(first->prefix)) break;
        if (other->group == first->group) continue;
        if (++comparisons > maximum_comparisons) return;
        if (!policy::overlap(first->pattern, other->pattern)) continue;
        const bool in_order = first->group < other->group;
        warn(context, in_order ? *first : *other, in_order ? *other : *first);
        found = true;  // one of an output is enough to look at
      }
    }
  }
}

}  // namespace lrc::check
