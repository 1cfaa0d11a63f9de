#include <set>
#include <utility>

#include "compiler/ir/canonical.h"

namespace lrc::ir {
namespace {

// Walks everything that can need a fact.
class Walk {
 public:
  explicit Walk(const Program& program) : program_(program) {}

  [[nodiscard]] bool counts_units() const { return !units_.empty(); }

  Inputs run() {
    for (const Jump& jump : program_.jumps) length(jump.at);
    if (program_.stop) length(*program_.stop);
    for (const Output& output : program_.outputs) this->output(output);
    for (const Group& group : program_.groups) {
      for (const Output& output : group.outputs) this->output(output);
      for (const Factor& factor : group.factors) number(factor.by);
      for (const GroupClamp& item : group.clamps) {
        output_ = item.output;
        clamp(item.clamp);
      }
      if (group.frozen && group.frozen->until) length(*group.frozen->until);
    }
    for (const Rule& item : program_.rules) rule(item);
    if (program_.run && has_unit(program_.run->of())) units_.insert(unit_of(program_.run->of()));
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
      std::vector<std::string> names;
      if (peaks_.contains(peak.output)) exact::collect_parameters(peak.value, names);
      parameters.insert(names.begin(), names.end());
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
    if (output.scale) {
      units_.insert(output.scale->unit);
      peaks_.insert(output.name);
    }
    curve(output.curve);
    if (output.clamp) clamp(*output.clamp);
  }

  void rule(const Rule& rule) {
    number(rule.trigger.level);
    if (rule.trigger.window) length(*rule.trigger.window);
    if (rule.after) length(*rule.after);
    for (const Reaction& item : rule.reactions) {
      output_ = item.output;
      number(item.by);
      if (item.duration) length(*item.duration);
      if (item.floor) level(*item.floor);
      if (item.ignored) level(*item.ignored);
    }
  }

  void clamp(const Clamp& limits) {
    level(limits.low);
    level(limits.high);
  }

  void curve(const Curve& value) {
    using Kind = Curve::Kind;
    if (value.kind == Kind::mirrored) {
      level(value.low);
      level(value.high);
    }
    // The levels of what is mirrored are shares of its own peak.
    const std::string output = value.kind == Kind::mirrored ? value.name : output_;
    const std::string outer = std::exchange(output_, output);
    for (const Curve& operand : value.operands) curve(operand);
    output_ = outer;
    if (value.kind == Kind::position || value.kind == Kind::elapsed) units_.insert(value.unit);
    if (value.kind == Kind::progress) run_ = true;
    if (value.kind == Kind::late) number(value.number);
    if (value.kind == Kind::held) length(value.length);
    if (value.kind == Kind::extended) {
      run_ = true;
      length(value.length);
      length(value.end);
    }
    for (const Phase& item : value.timeline.phases)
      phase(item, &item == &value.timeline.phases.back(), false);
  }

  void number(const Number& value) {
    std::vector<std::string> names;
    exact::collect_parameters(value, names);
    parameters_.insert(names.begin(), names.end());
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
    for (const Length::Term& term : value.terms) {
      number(term.amount);
      if (term.of == Length::Of::run) run_ = true;
      if (has_unit(term.of)) units_.insert(unit_of(term.of));
    }
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
    } else if (const auto* power = std::get_if<PowerLaw>(&value.form)) {
      number(power->power);
      length(power->timescale);
    } else if (const auto* formula = std::get_if<Formulaic>(&value.form)) {
      curve(formula->curve[0]);
    } else if (const auto* repeat = std::get_if<Repeat>(&value.form)) {
      this->repeat(*repeat, open && !in_repeat);
    }
  }

  void repeat(const Repeat& value, bool open) {
    if (const auto* period = std::get_if<Length>(&value.period)) {
      length(*period);
    } else {
      number(std::get<Number>(value.period));
      if (open) run_ = true;
    }
    number(value.growth);
    number(value.peak);
    number(value.swing);
    if (value.at_most) number(*value.at_most);
    // The exact boundaries of such cycles need ever more digits: they are bounded by the run.
    const auto* growth = std::get_if<exact::Rational>(&value.growth);
    const bool endless = growth != nullptr && exact::denominator(*growth) != 1;
    if (open && endless && !value.at_most) run_ = true;
    for (const Phase& item : value.body) phase(item, &item == &value.body.back(), true);
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
