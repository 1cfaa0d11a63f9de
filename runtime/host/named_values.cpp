#include "runtime/host/named_values.h"

#include "runtime/host/groups.h"

namespace lrc::runtime {
namespace {

// No name holds a line feed.
std::string key_of(const NamedValue& value) { return value.output + "\n" + value.groups; }

}  // namespace

NamedValue named(const Program& program, std::uint32_t slot, double value) {
  const Slot& at = program.slots[slot];
  return {program.outputs[at.output], set_name(program, program.group_sets[at.group_set]), value};
}

std::vector<NamedValue> named_values(const Program& program, std::span<const double> values) {
  std::vector<NamedValue> result;
  result.reserve(values.size());
  for (std::uint32_t slot = 0; slot < values.size(); ++slot)
    result.push_back(named(program, slot, values[slot]));
  return result;
}

ByName::ByName(const std::vector<NamedValue>& values) {
  for (std::uint32_t k = 0; k < values.size(); ++k) indices_.emplace(key_of(values[k]), k);
}

std::optional<std::uint32_t> ByName::find(const NamedValue& value) const {
  const auto found = indices_.find(key_of(value));
  return found == indices_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace lrc::runtime
