// What a program must hold beyond its syntax, so that binding may rely on it. The checker makes no
// other programs; canonical text from a file may be anything.

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "compiler/ir/canonical.h"
#include "compiler/ir/operation.h"
#include "runtime/host/program.h"

namespace lrc::ir {
namespace {

using exact::ParameterType;
using exact::Rational;

// Looks at everything once; the first thing that is wrong stays.
class Verifier {
 public:
  explicit Verifier(const Program& program) : program_(program) {}

  std::optional<std::string> run() {
    facts();
    names(program_.outputs, [](const Output& item) { return item.name; });
    names(program_.groups, [](const Group& item) { return item.name; });
    for (const Output& item : program_.outputs) outputs_.insert(item.name);
    for (const Output& item : program_.outputs) output(item);
    for (const Group& item : program_.groups) group(item);
    demand(program_.rules.size() <= runtime::maximum_rules, "so many rules");
    for (const Rule& item : program_.rules) rule(item);
    return wrong_;
  }

 private:
  void demand(bool holds, std::string_view what) {
    if (!holds && !wrong_) wrong_ = std::string(what);
  }

  template <class Items, class Name>
  void names(const Items& items, Name name) {
    std::set<std::string> seen;
    for (const auto& item : items)
      demand(seen.insert(name(item)).second, "a name that stands twice");
  }

  void facts() {
    names(program_.parameters, [](const Parameter& item) { return item.name; });
    names(program_.peaks, [](const Peak& item) { return item.output; });
    if (program_.run) {
      demand(program_.run->exact() != nullptr && has_unit(program_.run->of()),
             "a run without a unit");
      length(*program_.run, 1, false);
    }
    if (program_.stop) length(*program_.stop, 1, false);
    exact::Conversions known;
    for (const exact::Rate& rate : program_.rates)
      demand(rate.amount > 0 && known.add(rate), "a rate");
    for (const Jump& item : program_.jumps) jump(item);
    for (const Parameter& item : program_.parameters) parameter(item);
    for (const Peak& item : program_.peaks) {
      const auto* literal = std::get_if<Rational>(&item.value);
      demand(literal == nullptr ? is_plain(item.value) : *literal > 0, "a peak");
    }
  }

  void jump(const Jump& item) {
    demand(item.rate.amount > 0 && item.at.exact() != nullptr && *item.at.exact() >= 0 &&
               item.at.of() != Length::Of::cycle,
           "a rate that grows");
    demand(std::any_of(program_.rates.begin(), program_.rates.end(),
                       [&](const exact::Rate& rate) {
                         return rate.of == item.rate.of && rate.in == item.rate.in;
                       }),
           "a rate that grows from nothing");
  }

  void parameter(const Parameter& item) {
    demand(!item.value || *item.value >= 0, "a parameter below zero");
    demand(!item.range || (item.range->first >= 0 && item.range->first <= item.range->second),
           "a range");
  }

  std::optional<ParameterType> type(const std::string& name) {
    const auto found = std::find_if(program_.parameters.begin(), program_.parameters.end(),
                                    [&](const Parameter& item) { return item.name == name; });
    if (found != program_.parameters.end()) return found->type;
    demand(false, "the name of a parameter");
    return std::nullopt;
  }

  // Whether all parameters in it are of one of these types.
  template <class Fits>
  bool all(const Number& value, Fits fits) {
    std::vector<std::string> names;
    exact::collect_parameters(value, names);
    return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
      const auto of = type(name);
      return of && fits(*of);
    });
  }

  bool is_plain(const Number& value) {
    return all(value, [](ParameterType of) { return of <= ParameterType::number; });
  }

  void number(const Number& value, const Rational& least) {
    const auto* literal = std::get_if<Rational>(&value);
    demand(literal == nullptr ? is_plain(value) : *literal >= least, "a number");
  }

  // What the arithmetic of quantities mixes: a name by itself has the type of its place.
  void level(const Level& value) {
    const auto* literal = std::get_if<Rational>(&value.amount);
    if (literal != nullptr) return demand(*literal >= 0 || in_formula_, "a level");
    const bool computed = std::holds_alternative<exact::NumberCall>(value.amount);
    demand(all(value.amount,
               [&](ParameterType of) {
                 return computed ||
                        (value.relative ? of == ParameterType::level : of <= ParameterType::number);
               }),
           "a level");
  }

  // `least` is 1 for what must be above zero.
  void length(const Length& value, int least, bool in_repeat) {
    demand(!value.terms.empty(), "a length");
    for (const Length::Term& term : value.terms) {
      demand(term.of != Length::Of::cycle || in_repeat, "a share of a cycle outside of one");
      this->term(term, value.simple() ? std::optional(least) : std::nullopt);
    }
  }

  void term(const Length::Term& value, std::optional<int> least) {
    const auto* literal = std::get_if<Rational>(&value.amount);
    if (literal != nullptr)
      return demand(!least || (*least == 0 ? *literal >= 0 : *literal > 0), "a length");
    if (std::holds_alternative<exact::NumberCall>(value.amount))
      return demand(all(value.amount, [](ParameterType) { return true; }), "a length");
    const auto of = type(std::get<exact::ParameterName>(value.amount).name);
    const bool unit = has_unit(value.of);
    const bool number = of && *of == ParameterType::number;  // `1/3 of run` with a name for it
    demand(of && (number || (unit ? *of >= ParameterType::steps && of_unit(unit_of(*of)) == value.of
                                  : *of == ParameterType::share)),
           "a length");
  }

  void formula(const Formula& value) {
    if (value.kind == Formula::Kind::number) number(value.number, 0);
    for (const Formula& argument : value.arguments) formula(argument);
  }

  void over(const std::optional<Over>& value, bool in_repeat) {
    if (!value) return;
    demand(!value->begin || !in_repeat, "a position of the run in a cycle");
    if (value->begin) length(*value->begin, 0, in_repeat);
    length(value->end, 1, in_repeat);
  }

  // One phase may take the rest, and what follows it counts from the end.
  void timeline(const std::vector<Phase>& phases, bool in_repeat) {
    bool open = false;
    for (const Phase& item : phases) {
      using Kind = Extent::Kind;
      const Kind kind = item.extent.kind;
      const bool position = kind == Kind::until || kind == Kind::last;
      demand(!(open && (kind == Kind::rest || kind == Kind::until)), "a second open phase");
      demand(!(in_repeat && position), "a position of the run in a cycle");
      demand(kind != Kind::last || &item == &phases.back(), "a phase behind the last");
      open = open || kind == Kind::rest;
      if (kind != Kind::rest) length(item.extent.length, kind == Kind::until ? 0 : 1, in_repeat);
      phase(item, in_repeat);
    }
  }

  void phase(const Phase& value, bool in_repeat) {
    if (value.from) level(*value.from);
    const auto form = [&](const auto& item) { this->form(item, in_repeat); };
    std::visit(form, value.form);
  }

  void form(const Hold&, bool) {}
  void form(const Ramp& ramp, bool in_repeat) {
    level(ramp.to);
    formula(ramp.shape);
    over(ramp.over, in_repeat);
  }
  void form(const ExponentialRamp& ramp, bool in_repeat) {
    level(ramp.to);
    over(ramp.over, in_repeat);
  }
  void form(const Decay& decay, bool in_repeat) {
    number(decay.factor, 0);
    length(decay.per, 1, in_repeat);
  }
  void form(const Milestones& milestones, bool in_repeat) {
    demand(!in_repeat, "a position of the run in a cycle");
    number(milestones.factor, 0);
    for (const Length& position : milestones.positions) length(position, 0, in_repeat);
  }
  void form(const InverseSquareRoot& rsqrt, bool in_repeat) {
    if (rsqrt.timescale) length(*rsqrt.timescale, 1, in_repeat);
  }
  void form(const PowerLaw& power, bool in_repeat) {
    demand(is_plain(power.power), "a power");
    length(power.timescale, 1, in_repeat);
  }
  void form(const Formulaic& formula, bool) { curve(formula.curve[0]); }
  void form(const Repeat& repeat, bool in_repeat) {
    if (const auto* period = std::get_if<Length>(&repeat.period))
      length(*period, 1, in_repeat);
    else
      count(std::get<Number>(repeat.period));
    const bool counted = repeat.at_most || std::holds_alternative<Number>(repeat.period);
    number(repeat.growth, counted ? 0 : 1);
    number(repeat.peak, 0);
    number(repeat.swing, 0);
    if (repeat.at_most) count(*repeat.at_most);
    timeline(repeat.body, true);
  }

  // Cycles.
  void count(const Number& value) {
    const auto* literal = std::get_if<Rational>(&value);
    demand(literal != nullptr && exact::denominator(*literal) == 1 && *literal >= 1,
           "a number of cycles");
  }

  void curve(const Curve& value) {
    using Kind = Curve::Kind;
    if (value.kind == Kind::combination) combination(value);
    if (value.kind == Kind::reference) demand(outputs_.contains(value.name), "an output");
    if (value.kind == Kind::noise || value.kind == Kind::late) {
      const auto* literal = std::get_if<Rational>(&value.number);
      demand(literal != nullptr && exact::denominator(*literal) == 1 && *literal >= 0,
             "a whole number");
    }
    if (value.kind == Kind::held) length(value.length, 1, false);
    if (value.kind == Kind::extended) {
      length(value.length, 0, false);
      length(value.end, 1, false);
    }
    if (value.kind == Kind::mirrored) {
      level(value.low);
      level(value.high);
    }
    const bool outside = std::exchange(in_formula_, in_formula_ || value.kind == Kind::combination);
    for (const Curve& operand : value.operands) curve(operand);
    in_formula_ = outside;
    timeline(value.timeline.phases, false);
  }

  void combination(const Curve& value) {
    const OperationFacts* operation = operation_named(value.name);
    const bool any = value.name == "min" || value.name == "max";
    demand(operation != nullptr &&
               (any ? !value.operands.empty() : value.operands.size() == operation->arity),
           "a function of curves");
  }

  void clamp(const Clamp& limits) {
    level(limits.low);
    level(limits.high);
  }

  void output(const Output& item) {
    curve(item.curve);
    if (item.clamp) clamp(*item.clamp);
    if (item.scale) demand(item.scale->from > 0, "a scale");
  }

  void group(const Group& item) {
    demand(!item.patterns.empty(), "a group without a pattern");
    names(item.outputs, [](const Output& output) { return output.name; });
    for (const Output& assigned : item.outputs) output(assigned);
    for (const Factor& factor : item.factors) number(factor.by, 0);
    for (const GroupClamp& limits : item.clamps) clamp(limits.clamp);
    if (item.frozen && item.frozen->until) length(*item.frozen->until, 0, false);
  }

  void trigger(const Trigger& value) {
    using Kind = Trigger::Kind;
    demand(value.kind == Kind::nonfinite || value.metrics.size() == 1, "the metrics of a rule");
    demand(std::adjacent_find(value.metrics.begin(), value.metrics.end(), std::greater_equal<>()) ==
               value.metrics.end(),
           "the order of metrics");
    demand(value.count >= 1, "a count of evaluations");
    if (value.window) length(*value.window, 1, false);
    const auto* literal = std::get_if<Rational>(&value.level);
    demand(!value.relative || literal == nullptr || *literal != 0, "a relative threshold of zero");
    // A threshold may be below zero.
    if (value.kind != Kind::threshold || literal == nullptr)
      number(value.level, value.kind == Kind::spike ? 1 : 0);
  }

  void reaction(const Reaction& value) {
    demand(std::any_of(program_.outputs.begin(), program_.outputs.end(),
                       [&](const Output& item) { return item.name == value.output; }),
           "the output of a rule");
    number(value.by, 0);
    if (value.duration) length(*value.duration, 1, false);
    if (value.floor) level(*value.floor);
    if (value.ignored) level(*value.ignored);
    demand(!value.most || *value.most >= 1, "a count of firings");
    const auto* by = std::get_if<Rational>(&value.by);
    const bool grows = by != nullptr && *by > 1;
    demand(value.duration || value.most || (value.floor && !grows), "a rule without an end");
  }

  void rule(const Rule& value) {
    trigger(value.trigger);
    using Kind = Trigger::Kind;
    demand(!value.counting || value.trigger.kind == Kind::plateau ||
               value.trigger.kind == Kind::threshold,
           "a rule that counts what is not finite");
    if (value.after) length(*value.after, 0, false);
    demand(!value.reactions.empty() || !value.signals.empty(), "a rule that does nothing");
    demand(value.signals.size() <= runtime::maximum_signals &&
               std::adjacent_find(value.signals.begin(), value.signals.end(),
                                  std::greater_equal<>()) == value.signals.end(),
           "the order of signals");
    demand(std::adjacent_find(value.reactions.begin(), value.reactions.end(),
                              [](const Reaction& a, const Reaction& b) {
                                return a.output >= b.output;
                              }) == value.reactions.end(),
           "the order of reactions");
    for (const Reaction& item : value.reactions) reaction(item);
  }

  const Program& program_;
  std::set<std::string> outputs_;
  std::optional<std::string> wrong_;
  bool in_formula_ = false;  // whose numbers may be below zero
};

}  // namespace

std::optional<std::string> verify(const Program& program) { return Verifier(program).run(); }

}  // namespace lrc::ir
