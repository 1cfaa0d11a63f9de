#include <set>

#include "compiler/ir/canonical.h"

namespace lrc::ir {
namespace {

// Walks everything that can need a fact.
class Walk {
 public:
  explicit Walk(const Program& program) : program_(program) {}

  [[nodiscard]] bool counts_units() const { return !units_.empty(); }

  Inputs run() {
    for (const Output& output : program_.outputs) this->output(output);
    for (const Group& group : program_.groups) {
      for (const Output& output : group.outputs) this->output(output);
      for (const Factor& factor : group.factors) number(factor.by);
      for (const GroupClamp& item : group.clamps) {
        output_ = item.output;
        clamp(item.clamp);
      }
    }
    if (program_.run && has_unit(program_.run->of)) units_.insert(unit_of(program_.run->of));
    return inputs();
  }

 private:
  Inputs inputs() const {
    Inputs inputs;
    inputs.run = run_ && !program_.run;
    std::set<std::string> stated;
    for (const Peak& peak : program_.peaks) stated.insert(peak.output);
    for (const std::string& output : peaks_) {
      if (!stated.contains(output)) inputs.peaks.push_back(output);
    }
    std::set<std::string> parameters = parameters_;
    for (const Peak& peak : program_.peaks) {
      const auto* name = std::get_if<exact::ParameterName>(&peak.value);
      if (name != nullptr && peaks_.contains(peak.output)) parameters.insert(name->name);
    }
    for (const Parameter& parameter : program_.parameters) {
      if (!parameter.value && parameters.contains(parameter.name))
        inputs.parameters.push_back(parameter.name);
    }
    exact::Conversions conversions;
    for (const exact::Rate& rate : program_.rates) static_cast<void>(conversions.add(rate));
    for (const exact::Unit unit : units_) {
      if (!conversions.factor(unit, exact::Unit::steps)) inputs.rates.push_back(unit);
    }
    return inputs;
  }

  void output(const Output& output) {
    output_ = output.name;
    curve(output.curve);
    if (output.clamp) clamp(*output.clamp);
  }

  void clamp(const Clamp& limits) {
    level(limits.low);
    level(limits.high);
  }

  void curve(const Curve& value) {
    for (const Curve& operand : value.operands) curve(operand);
    for (const Phase& item : value.timeline.phases)
      phase(item, &item == &value.timeline.phases.back(), false);
  }

  void number(const Number& value) {
    if (const auto* name = std::get_if<exact::ParameterName>(&value))
      parameters_.insert(name->name);
  }

  void level(const Level& value) {
    number(value.amount);
    if (value.relative) peaks_.insert(output_);
  }

  void formula(const Formula& value) {
    if (value.kind == Formula::Kind::number) number(value.number);
    for (const Formula& argument : value.arguments) formula(argument);
  }

  void length(const Length& value) {
    number(value.amount);
    if (value.of == Length::Of::run) run_ = true;
    if (has_unit(value.of)) units_.insert(unit_of(value.of));
  }

  void over(const std::optional<Over>& value) {
    if (!value) return;
    if (value->begin) length(*value->begin);
    length(value->end);
  }

  void phase(const Phase& value, bool last, bool in_repeat) {
    const bool open = value.extent.kind == Extent::Kind::rest;
    if (!open) length(value.extent.length);
    if (value.extent.kind == Extent::Kind::last || (open && !last && !in_repeat)) run_ = true;
    if (value.from) level(*value.from);
    if (const auto* ramp = std::get_if<Ramp>(&value.form)) {
      level(ramp->to);
      formula(ramp->shape);
      over(ramp->over);
      if (open && !ramp->over && !in_repeat) run_ = true;
    } else if (const auto* exponential = std::get_if<ExponentialRamp>(&value.form)) {
      level(exponential->to);
      over(exponential->over);
      if (open && !exponential->over && !in_repeat) run_ = true;
    } else if (const auto* decay = std::get_if<Decay>(&value.form)) {
      number(decay->factor);
      length(decay->per);
    } else if (const auto* milestones = std::get_if<Milestones>(&value.form)) {
      number(milestones->factor);
      for (const Length& position : milestones->positions) length(position);
    } else if (const auto* rsqrt = std::get_if<InverseSquareRoot>(&value.form)) {
      if (rsqrt->timescale) length(*rsqrt->timescale);
    } else if (const auto* repeat = std::get_if<Repeat>(&value.form)) {
      length(repeat->period);
      number(repeat->growth);
      // Its exact boundaries need ever more digits: they are bounded by the run.
      const auto* growth = std::get_if<exact::Rational>(&repeat->growth);
      if (open && !in_repeat && growth != nullptr && exact::denominator(*growth) != 1) run_ = true;
      for (const Phase& item : repeat->body) phase(item, &item == &repeat->body.back(), true);
    }
  }

  const Program& program_;
  std::string output_;
  bool run_ = false;
  std::set<std::string> peaks_;
  std::set<exact::Unit> units_;
  std::set<std::string> parameters_;
};

}  // namespace

Inputs find_inputs(const Program& program) { return Walk(program).run(); }

bool counts_units(const Program& program) {
  Walk walk(program);
  static_cast<void>(walk.run());
  return walk.counts_units();
}

}  // namespace lrc::ir
