#include "compiler/bind/bind.h"

#include <algorithm>
#include <limits>

#include "compiler/bind/code.h"
#include "compiler/bind/environment.h"
#include "compiler/bind/timeline.h"
#include "compiler/ir/canonical.h"
#include "runtime/arithmetic/environment.h"

namespace lrc::bind {
namespace {

using exact::Rational;
using runtime::Operation;

template <class Items>
auto* named(Items& items, const std::string& output) {
  const auto found = std::find_if(items.begin(), items.end(), [&](const auto& item) {
    if constexpr (requires { item.output; })
      return item.output == output;
    else
      return item.name == output;
  });
  return found == items.end() ? nullptr : &*found;
}

// The facts as text, one a line, in one order: reals by their bits, counts and lengths exact.
std::string facts_text(const ir::Program& program, const Facts& facts,
                       const Environment& environment) {
  std::string text;
  if (const auto& run = program.run ? program.run : facts.run) {
    text += fmt::format("run {} {}\n", exact::to_text(environment.number(run->amount)),
                        singular(unit_of(run->of)));
  }
  std::vector<std::string> rates;
  for (const auto* list : {&program.rates, &facts.rates}) {
    for (const exact::Rate& rate : *list)
      rates.push_back(fmt::format("rate {} {} {}\n", singular(rate.of), exact::to_text(rate.amount),
                                  singular(rate.in)));
  }
  std::sort(rates.begin(), rates.end());
  rates.erase(std::unique(rates.begin(), rates.end()), rates.end());
  for (const std::string& rate : rates) text += rate;
  for (const auto& [output, peak] : environment.peaks())
    text += fmt::format("peak {} {} {}\n", output, ir::bits(peak), peak);
  for (const ir::Parameter& parameter : program.parameters) {
    if (!environment.known(exact::ParameterName{parameter.name})) continue;
    const Rational& value = environment.parameters().at(parameter.name);
    const bool real = parameter.type <= exact::ParameterType::level;
    text += fmt::format("parameter {} {}\n", parameter.name,
                        real ? ir::bits(exact::to_double(value)) : exact::to_text(value));
  }
  return text;
}

class Binder {
 public:
  Binder(const ir::Program& program, const Facts& facts, const Request& request)
      : program_(program),
        request_(request),
        environment_(program, facts),
        builder_(bound_.program) {
    runtime::Program& built = bound_.program;
    built.identity = {request.policy, request.version, request.hash, "",
                      facts_text(program, facts, environment_)};
    built.identity.run_hash = ir::hash(fmt::format("{}\n{}", request.hash, built.identity.facts));
    built.outputs = request.outputs;
    built.group_sets = request.group_sets;
    for (const ir::Group& group : program.groups)
      built.groups.push_back({group.name, group.patterns});
    for (const ir::Output& output : program.outputs) outputs_.emplace(output.name, &output);
    bound_.run = environment_.run();
    bound_.conversions = environment_.conversions();
    bound_.phases.resize(request.outputs.size());
  }

  Bound run() {
    for (std::size_t set = 0; set < request_.group_sets.size(); ++set) {
      for (std::size_t i = 0; i < request_.outputs.size(); ++i) slot(set, i);
    }
    return std::move(bound_);
  }

  void place() {
    for (std::size_t i = 0; i < request_.outputs.size(); ++i)
      curve_of(*outputs_.at(request_.outputs[i]), i);
    for (const ir::Group& group : program_.groups) {
      for (const ir::Output& output : group.outputs) curve_of(output, 0);
    }
  }

 private:
  std::uint32_t curve(const ir::Curve& value, const std::string& output,
                      std::vector<std::vector<PlacedPhase>>& phases) {
    if (value.kind == ir::Curve::Kind::timeline) {
      phases.emplace_back();
      return TimelineBinder(environment_, bound_.program, builder_, output)
          .bind(value.timeline, phases.back());
    }
    const Operation operation =
        value.kind == ir::Curve::Kind::minimum ? Operation::minimum : Operation::maximum;
    CodeBuilder code;
    std::optional<std::uint32_t> result;
    for (const ir::Curve& operand : value.operands) {
      const std::uint32_t next = code.curve(curve(operand, output, phases));
      result = result ? code.apply(operation, *result, next) : next;
    }
    return builder_.add_curve({builder_.add(code)}, {});
  }

  // M10: curve × group factors, then the policy's clamp, then the group's.
  void slot(std::size_t set, std::size_t index) {
    const ir::Output& output = *outputs_.at(request_.outputs[index]);
    CodeBuilder code;
    const ir::Output& assigned = assigned_in(set, index);
    std::uint32_t value =
        finite(code, code.curve(curve_of(assigned, index)), grows(assigned.curve));
    for (const std::uint32_t group : request_.group_sets[set]) {
      if (const ir::Factor* factor = named(program_.groups[group].factors, output.name)) {
        const double by = Environment::real(environment_.number(factor->by));
        value = finite(code, code.apply(Operation::multiply, value, code.real(by)), by > 1);
      }
    }
    if (output.clamp) value = clamp(code, value, *output.clamp, output.name);
    for (const std::uint32_t group : request_.group_sets[set]) {
      if (const ir::GroupClamp* limits = named(program_.groups[group].clamps, output.name))
        value = clamp(code, value, limits->clamp, output.name);
    }
    bound_.program.slots.push_back(
        {static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(set), builder_.add(code)});
  }

  // No infinity leaves a policy: what grows without end stops at the largest number.
  std::uint32_t finite(CodeBuilder& code, std::uint32_t value, bool may_grow) const {
    return may_grow ? code.apply(Operation::minimum, value,
                                 code.real(std::numeric_limits<double>::max()))
                    : value;
  }

  bool grows(const ir::Curve& value) const {
    return std::any_of(value.operands.begin(), value.operands.end(),
                       [&](const ir::Curve& operand) { return grows(operand); }) ||
           grows(value.timeline.phases);
  }
  bool grows(const std::vector<ir::Phase>& phases) const {
    return std::any_of(phases.begin(), phases.end(), [&](const ir::Phase& phase) {
      if (const auto* decay = std::get_if<ir::Decay>(&phase.form))
        return environment_.number(decay->factor) > 1;
      if (const auto* milestones = std::get_if<ir::Milestones>(&phase.form))
        return environment_.number(milestones->factor) > 1;
      const auto* repeat = std::get_if<ir::Repeat>(&phase.form);
      return repeat != nullptr && grows(repeat->body);
    });
  }

  // What the groups of a set assign to an output, or what the policy does.
  const ir::Output& assigned_in(std::size_t set, std::size_t index) const {
    const std::string& name = request_.outputs[index];
    const ir::Group* group = nullptr;
    for (const std::uint32_t candidate : request_.group_sets[set]) {
      const ir::Group& next = program_.groups[candidate];
      if (named(next.outputs, name) == nullptr) continue;
      if (group != nullptr) {
        refuse(diagnostics::Code::E0402, std::nullopt,
               fmt::format("the groups `{}` and `{}` both set `{}`", group->name, next.name, name),
               "a parameter that matches both would have two values; narrow one of the patterns");
      }
      group = &next;
    }
    return group != nullptr ? *named(group->outputs, name) : *outputs_.at(name);
  }

  // Each schedule is bound once, however many sets of groups use it.
  std::uint32_t curve_of(const ir::Output& output, std::size_t index) {
    const auto [known, fresh] = curves_.emplace(&output, 0);
    if (!fresh) return known->second;
    std::vector<std::vector<PlacedPhase>> of_a_group;
    const bool base = &output == outputs_.at(output.name);
    known->second = curve(output.curve, output.name, base ? bound_.phases[index] : of_a_group);
    return known->second;
  }

  std::uint32_t clamp(CodeBuilder& code, std::uint32_t value, const ir::Clamp& limits,
                      const std::string& output) {
    const double low = absolute(limits.low, output);
    const double high = absolute(limits.high, output);
    if (low > high) {
      refuse(diagnostics::Code::E0110, std::nullopt,
             fmt::format("the clamp of `{}` has its lower end {} above its upper end {}", output,
                         low, high),
             "with these facts no value satisfies it");
    }
    value = code.apply(Operation::maximum, value, code.real(low));
    return code.apply(Operation::minimum, value, code.real(high));
  }

  double absolute(const exact::Level& value, const std::string& output) const {
    const BoundLevel level = environment_.level(value);
    return level.relative ? level.value * environment_.peak(output) : level.value;
  }

  const ir::Program& program_;
  const Request& request_;
  Environment environment_;
  Bound bound_;
  ProgramBuilder builder_;
  std::map<std::string_view, const ir::Output*> outputs_;
  std::map<const ir::Output*, std::uint32_t> curves_;
};

}  // namespace

tl::expected<Bound, Failure> bind(const ir::Program& program, const Facts& facts,
                                  const Request& request) {
  const runtime::ArithmeticEnvironment environment;
  try {
    return Binder(program, facts, request).run();
  } catch (const Refusal& refusal) {
    return tl::unexpected(refusal.failure);
  }
}

tl::expected<void, Failure> place(const ir::Program& program, const Facts& facts) {
  const runtime::ArithmeticEnvironment environment;
  try {
    Request request;
    for (const ir::Output& output : program.outputs) request.outputs.push_back(output.name);
    Binder(program, facts, request).place();
    return {};
  } catch (const Refusal& refusal) {
    return tl::unexpected(refusal.failure);
  }
}

ir::Program restricted(const ir::Program& program, const std::vector<std::string>& outputs) {
  const auto dropped = [&](const std::string& name) {
    return std::find(outputs.begin(), outputs.end(), name) == outputs.end();
  };
  ir::Program built = program;
  std::erase_if(built.outputs, [&](const ir::Output& item) { return dropped(item.name); });
  for (ir::Group& group : built.groups) {
    std::erase_if(group.outputs, [&](const ir::Output& item) { return dropped(item.name); });
    std::erase_if(group.factors, [&](const ir::Factor& item) { return dropped(item.output); });
    std::erase_if(group.clamps, [&](const ir::GroupClamp& item) { return dropped(item.output); });
  }
  built.inputs = ir::find_inputs(built);
  return built;
}

}  // namespace lrc::bind
