#include "compiler/check/rings.h"

#include <algorithm>
#include <map>
#include <set>

namespace lrc::check {
namespace {

using policy::Schedule;

void collect(const Schedule& schedule, std::set<std::string>& used);

void collect(const policy::Phase& phase, std::set<std::string>& used) {
  if (const auto* repeat = std::get_if<policy::Repeat>(&phase.form)) collect(*repeat->body, used);
  if (const auto* formula = std::get_if<policy::Formulaic>(&phase.form))
    collect(*formula->schedule, used);
}

// The outputs that a schedule uses.
void collect(const Schedule& schedule, std::set<std::string>& used) {
  if (const auto* timeline = std::get_if<policy::Timeline>(&schedule.value)) {
    for (const policy::Phase& phase : timeline->phases) collect(phase, used);
  } else if (const auto* combination = std::get_if<policy::Combination>(&schedule.value)) {
    for (const Schedule& operand : combination->operands) collect(operand, used);
  } else if (const auto* reference = std::get_if<policy::Reference>(&schedule.value)) {
    used.insert(reference->output);
  } else if (const auto* mirrored = std::get_if<policy::Mirrored>(&schedule.value)) {
    used.insert(mirrored->output);
  } else if (const auto* shifted = std::get_if<policy::Shifted>(&schedule.value)) {
    collect(*shifted->schedule, used);
  }
}

// Walks along uses, depth first. An output that was left behind leads to no ring.
class Search {
 public:
  explicit Search(const policy::Policy& policy) {
    for (const policy::Output& output : policy.outputs)
      collect(output.schedule, uses_[output.name]);
    for (const policy::Group& group : policy.groups) {
      for (const policy::Output& output : group.outputs)
        collect(output.schedule, uses_[output.name]);
    }
  }

  std::optional<std::vector<std::string>> run() {
    for (const auto& [output, used] : uses_) {
      if (visit(output)) return ring_;
    }
    return std::nullopt;
  }

 private:
  bool visit(const std::string& output) {
    const auto begin = std::find(path_.begin(), path_.end(), output);
    if (begin != path_.end()) {
      ring_.assign(begin, path_.end());
      ring_.push_back(output);
      return true;
    }
    if (!left_.contains(output)) {
      path_.push_back(output);
      for (const std::string& next : uses_[output]) {
        if (visit(next)) return true;
      }
      path_.pop_back();
      left_.insert(output);
    }
    return false;
  }

  std::map<std::string, std::set<std::string>> uses_;
  std::vector<std::string> path_, ring_;
  std::set<std::string> left_;
};

}  // namespace

std::optional<std::vector<std::string>> find_ring(const policy::Policy& policy) {
  return Search(policy).run();
}

}  // namespace lrc::check
