#include "compiler/prove/bound_values.h"

#include <algorithm>

#include "compiler/ir/canonical.h"
#include "runtime/host/evaluate.h"

namespace lrc::prove {
namespace {

// A schedule that stays at a level.
ir::Curve standing(const exact::Level& level) {
  ir::Phase phase;
  phase.from = level;
  ir::Curve curve;
  curve.timeline.phases.push_back(std::move(phase));
  return curve;
}

ir::Output& output_in(ir::Program& program, const std::string& name) {
  return *std::find_if(program.outputs.begin(), program.outputs.end(),
                       [&](const ir::Output& output) { return output.name == name; });
}

void read_at_the_start(ir::Curve& curve);

void read_at_the_start(std::vector<ir::Phase>& phases) {
  for (ir::Phase& phase : phases) {
    phase.reading = ir::Reading::start;
    if (auto* repeat = std::get_if<ir::Repeat>(&phase.form)) read_at_the_start(repeat->body);
    if (auto* formula = std::get_if<ir::Formulaic>(&phase.form))
      read_at_the_start(formula->curve[0]);
  }
}

void read_at_the_start(ir::Curve& curve) {
  read_at_the_start(curve.timeline.phases);
  for (ir::Curve& operand : curve.operands) read_at_the_start(operand);
}

tl::expected<double, bind::Failure> value_there(tl::expected<bind::Bound, bind::Failure> bound) {
  if (!bound) return tl::unexpected(bound.error());
  return runtime::evaluate(bound->program, 0, bound->at);
}

}  // namespace

const ir::Output& output_of(const ir::Program& program, const std::string& name) {
  return *std::find_if(program.outputs.begin(), program.outputs.end(),
                       [&](const ir::Output& output) { return output.name == name; });
}

ir::Program curve_alone(const ir::Program& program, const std::string& output,
                        std::optional<std::uint32_t> group) {
  ir::Program alone = program;
  ir::Output& curve = output_in(alone, output);
  if (group) {
    for (const ir::Output& assigned : program.groups[*group].outputs) {
      if (assigned.name == output) curve.curve = assigned.curve;
    }
  }
  curve.clamp.reset();
  alone.groups.clear();
  alone.rules.clear();
  return bind::restricted(alone, {output});
}

tl::expected<bind::Bound, bind::Failure> bind_one(const ir::Program& program,
                                                  const bind::Facts& facts,
                                                  const std::string& output,
                                                  std::vector<runtime::GroupSet> group_sets,
                                                  std::optional<bind::At> at) {
  return bind::bind(program, facts, {"", 0, "", {output}, std::move(group_sets), false, at});
}

tl::expected<double, bind::Failure> value_of(const ir::Program& program, const bind::Facts& facts,
                                             const std::string& output, const exact::Level& level) {
  ir::Program alone = curve_alone(program, output);
  output_in(alone, output).curve = standing(level);
  output_in(alone, output).scale.reset();  // `1x` is the peak itself
  return value_there(bind_one(alone, facts, output));
}

tl::expected<double, bind::Failure> curve_at(ir::Program alone, const bind::Facts& facts,
                                             const std::string& output, const bind::At& at) {
  for (ir::Output& item : alone.outputs) read_at_the_start(item.curve);
  return value_there(bind_one(alone, facts, output, {{}}, at));
}

}  // namespace lrc::prove
