// Which outputs use which.

#include "compiler/bind/bind.h"
#include "compiler/ir/canonical.h"

namespace lrc::bind {
namespace {

void collect_uses(const ir::Curve& value, std::set<std::string>& used);

void collect_uses(const std::vector<ir::Phase>& phases, std::set<std::string>& used) {
  for (const ir::Phase& phase : phases) {
    if (const auto* formula = std::get_if<ir::Formulaic>(&phase.form))
      collect_uses(formula->curve[0], used);
    if (const auto* repeat = std::get_if<ir::Repeat>(&phase.form)) collect_uses(repeat->body, used);
  }
}

void collect_uses(const ir::Curve& value, std::set<std::string>& used) {
  if (value.kind == ir::Curve::Kind::reference || value.kind == ir::Curve::Kind::mirrored)
    used.insert(value.name);
  for (const ir::Curve& operand : value.operands) collect_uses(operand, used);
  collect_uses(value.timeline.phases, used);
}

}  // namespace

std::set<std::string> with_uses(const ir::Program& program,
                                const std::vector<std::string>& outputs) {
  std::map<std::string, std::set<std::string>> uses;
  const auto collect = [&](const std::vector<ir::Output>& items) {
    for (const ir::Output& item : items) collect_uses(item.curve, uses[item.name]);
  };
  collect(program.outputs);
  for (const ir::Group& group : program.groups) collect(group.outputs);
  std::set<std::string> found;
  std::vector<std::string> open(outputs.begin(), outputs.end());
  while (!open.empty()) {
    const std::string output = std::move(open.back());
    open.pop_back();
    if (!found.insert(output).second) continue;
    open.insert(open.end(), uses[output].begin(), uses[output].end());
  }
  return found;
}

ir::Program restricted(const ir::Program& program, const std::vector<std::string>& outputs) {
  const std::set<std::string> kept = with_uses(program, outputs);
  const auto dropped = [&](const std::string& name) { return !kept.contains(name); };
  ir::Program built = program;
  std::erase_if(built.outputs, [&](const ir::Output& item) { return dropped(item.name); });
  for (ir::Group& group : built.groups) {
    std::erase_if(group.outputs, [&](const ir::Output& item) { return dropped(item.name); });
    std::erase_if(group.factors, [&](const ir::Factor& item) { return dropped(item.output); });
    std::erase_if(group.clamps, [&](const ir::GroupClamp& item) { return dropped(item.output); });
  }
  for (ir::Rule& rule : built.rules)
    std::erase_if(rule.reactions, [&](const ir::Reaction& item) { return dropped(item.output); });
  std::erase_if(built.rules, [](const ir::Rule& rule) {
    return rule.reactions.empty() && rule.signals.empty();
  });
  built.inputs = ir::find_inputs(built);
  return built;
}

}  // namespace lrc::bind
