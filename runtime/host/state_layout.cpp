#include "runtime/host/state_layout.h"

#include <array>

#include "runtime/host/rules.h"
#include "runtime/host/sha256.h"

namespace lrc::runtime {

std::string state_layout(const Program& program) {
  constexpr std::array<const char*, 4> triggers = {"plateau", "spike", "nonfinite", "threshold"};
  const RulesState state = rules_at_rest(program);
  std::string text;
  for (const MetricState& metric : state.metrics) text += "metric " + metric.name + "\n";
  for (std::size_t k = 0; k < state.rules.size(); ++k)
    text += std::string("rule ") + triggers[static_cast<std::size_t>(program.rules[k].trigger)] +
            " " + std::to_string(state.rules[k].ring.size()) + "\n";
  for (std::size_t k = 0; k < state.reactions.size(); ++k) text += "reaction\n";
  return text;
}

std::string layout_hash(const Program& program) { return hex(sha256(state_layout(program))); }

}  // namespace lrc::runtime
