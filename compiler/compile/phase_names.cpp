#include "compiler/compile/phase_names.h"

#include <map>
#include <set>

namespace lrc::compile {
namespace {

constexpr std::string_view ellipsis = "…";

// Cut at a whole character.
std::string cut(std::string text) {
  if (text.size() <= runtime::maximum_phase_name) return text;
  std::size_t size = runtime::maximum_phase_name - ellipsis.size();
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  return text.substr(0, size).append(ellipsis);
}

using Starts = std::map<std::int64_t, std::string>;

// Of phases that share their first update, the last is the one that has it.
Starts starts_of(const CompiledPolicy& policy, const std::vector<bind::PlacedPhase>& timeline) {
  Starts starts;
  for (const bind::PlacedPhase& phase : timeline) {
    const exact::Integer update = exact::ceiling(phase.start);
    if (update < 0 || update >= runtime::maximum_step) continue;
    starts[update.convert_to<std::int64_t>()] = words(policy.origins[phase.origin]);
  }
  return starts;
}

std::string at(const Starts& starts, std::int64_t update) {
  const auto behind = starts.upper_bound(update);
  return behind == starts.begin() ? "" : std::prev(behind)->second;
}

Starts together(const std::vector<Starts>& curves) {
  std::set<std::int64_t> updates;
  for (const Starts& curve : curves) {
    for (const auto& [update, name] : curve) updates.insert(update);
  }
  Starts all;
  for (const std::int64_t update : updates) {
    std::string name;
    for (const Starts& curve : curves) {
      const std::string part = at(curve, update);
      if (!name.empty() && !part.empty()) name += " | ";
      name += part;
    }
    all[update] = name;
  }
  return all;
}

}  // namespace

std::string words(source::Span span) {
  std::string text;
  bool comment = false;
  for (const char c : span.text()) {
    if (c == '#') comment = true;
    if (c == '\n') comment = false;
    if (comment) continue;
    const bool space = c == ' ' || (c >= '\t' && c <= '\r');
    if (!space)
      text += c;
    else if (!text.empty() && text.back() != ' ')
      text += ' ';
  }
  return text;
}

std::vector<runtime::NamedPhase> phase_names(const CompiledPolicy& policy,
                                             const bind::Bound& bound) {
  std::vector<runtime::NamedPhase> phases;
  for (std::uint32_t output = 0; output < bound.phases.size(); ++output) {
    std::vector<Starts> curves;
    for (const auto& timeline : bound.phases[output]) curves.push_back(starts_of(policy, timeline));
    for (auto& [update, name] : together(curves)) {
      if (name.empty()) continue;
      phases.push_back({output, update, cut(name)});
      if (phases.size() > runtime::maximum_named_phases) return {};
    }
  }
  return phases;
}

}  // namespace lrc::compile
