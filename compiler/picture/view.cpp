#include "compiler/picture/view.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "compiler/bind/stand_in.h"
#include "compiler/ir/canonical.h"
#include "compiler/picture/measure.h"
#include "compiler/picture/numbers.h"

namespace lrc::picture {
namespace {

using exact::Rational;
using exact::Unit;

const Rational any_length = 1'000'000;  // so fine that updates cannot be told apart

// The next number that begins with few digits: a chosen run should look chosen.
Rational rounded_up(const Rational& value) {
  if (value <= 0) return 1;
  Rational power = 1;
  while (power * 10 <= value) power *= 10;
  while (power > value) power /= 10;
  constexpr std::array<int, 10> tenths = {10, 12, 15, 20, 25, 30, 40, 50, 60, 80};
  for (const int step : tenths) {
    const Rational next = power * Rational(step, 10);
    if (next >= value) return next;
  }
  return power * 10;
}

class Look {
 public:
  Look(const compile::CompiledPolicy& policy, const bind::Facts& given,
       std::vector<std::string> outputs, std::vector<runtime::GroupSet> group_sets)
      : policy_(policy),
        program_(bind::restricted(policy.program, outputs)),
        outputs_(std::move(outputs)),
        group_sets_(std::move(group_sets)) {
    view_.facts = given;
    given_rates_ = given.rates;
  }

  tl::expected<View, diagnostics::Issues> look() {
    peaks();
    parameters();
    rates(false);
    Measure measure = ruler().measure();
    // So short a schedule would show nothing: a finer assumed rate, then.
    constexpr int fewest_updates = 200;
    if (!assumed_rates_.empty() && measure.updates < fewest_updates) {
      rates(true);
      measure = ruler().measure();
    }
    auto bound = this->bound(measure);
    // What does not fit a rate that nobody gave is no mistake of the policy: the rate is missing.
    if (!bound && !assumed_rates_.empty()) return tl::unexpected(missing_rates());
    if (!bound) return tl::unexpected(bound.error());
    place(measure);
    for (const std::string& note : rate_notes_) view_.notes.push_back(note);
    return std::move(view_);
  }

 private:
  [[nodiscard]] bool run_wanted() const { return program_.inputs.run && !view_.facts.run; }
  [[nodiscard]] Ruler ruler() const { return {program_, view_.facts, run_wanted()}; }

  void peaks() {
    for (const std::string& output : program_.inputs.peaks) {
      if (!view_.facts.peaks.emplace(output, 1).second) continue;
      view_.missing.push_back(output == "lr" ? "peak" : "peak " + output);
      without_peak(output, output == "lr" ? "--peak 3e-4" : "");
    }
  }

  void without_peak(const std::string& output, const std::string& flag) {
    view_.peakless.insert(output);
    const std::string of = output == "lr" ? "" : " of " + output;
    const std::string gives = flag.empty() ? "" : fmt::format("; `{}` gives numbers", flag);
    view_.notes.push_back(fmt::format("no peak{}: levels are shares of it{}", of, gives));
  }

  // A peak that is a parameter of no range is as unknown as one that nobody states.
  void parameters() {
    for (const ir::Parameter& parameter : program_.parameters) {
      const auto& open = program_.inputs.parameters;
      if (std::find(open.begin(), open.end(), parameter.name) == open.end()) continue;
      if (view_.facts.parameters.contains(parameter.name)) continue;
      view_.missing.push_back(compile::need_of(parameter.name));
      const bool is_peak = !parameter.range && as_peak(parameter.name);
      const Rational value = is_peak ? Rational(1) : bind::stand_in(parameter);
      view_.facts.parameters[parameter.name] = value;
      if (is_peak) continue;
      view_.notes.push_back(fmt::format("no {0}: assumed {1}; `--set {0}=…` gives yours",
                                        parameter.name, bind::written(parameter, value)));
    }
  }

  bool as_peak(const std::string& parameter) {
    bool found = false;
    for (const ir::Peak& peak : program_.peaks) {
      std::vector<std::string> names;
      exact::collect_parameters(peak.value, names);
      if (std::find(names.begin(), names.end(), parameter) == names.end()) continue;
      without_peak(peak.output, fmt::format("--set {}=3e-4", parameter));
      found = true;
    }
    return found;
  }

  [[nodiscard]] exact::Conversions known() const {
    exact::Conversions known;
    for (const auto* list : {&program_.rates, &view_.facts.rates}) {
      for (const exact::Rate& rate : *list) static_cast<void>(known.add(rate));
    }
    return known;
  }

  // `fine`: so that one update is one of the unit.
  void rates(bool fine) {
    std::erase_if(view_.facts.rates, [&](const exact::Rate& rate) {
      return std::find(assumed_rates_.begin(), assumed_rates_.end(), rate) != assumed_rates_.end();
    });
    assumed_rates_.clear();
    rate_notes_.clear();
    std::vector<Unit> units = program_.inputs.rates;
    if (view_.facts.run) units.push_back(unit_of(view_.facts.run->of()));
    for (const Unit unit : units) {
      if (!known().factor(unit, Unit::steps)) assume_rate(unit, fine);
    }
  }

  void assume_rate(Unit unit, bool fine) {
    const exact::Conversions rates = known();
    const Rational batch = fine ? 1 : 512, batch_tokens = fine ? 1 : 2'000'000;
    const bool samples = unit == Unit::samples || rates.factor(unit, Unit::samples).has_value();
    const bool tokens = unit == Unit::tokens || rates.factor(unit, Unit::tokens).has_value();
    if (unit == Unit::tokens && rates.factor(Unit::samples, Unit::steps)) {
      assume({Unit::samples, fine ? 1 : 4096, Unit::tokens}, "1 sample = … tokens");
    } else if (samples) {
      assume({Unit::steps, batch, Unit::samples}, "batch");
    } else if (tokens) {
      assume({Unit::steps, batch_tokens, Unit::tokens}, "batch");
    } else if (unit == Unit::seconds || rates.factor(unit, Unit::seconds)) {
      assume({Unit::seconds, 1, Unit::steps}, "1 second = …");
    } else {
      assume({Unit::epochs, 1000, Unit::steps}, "1 epoch = …");
    }
  }

  void assume(const exact::Rate& rate, std::string fact) {
    view_.facts.rates.push_back(rate);
    assumed_rates_.push_back(rate);
    const std::string amount = fmt::format("{} {}", spoken_count(rate.amount),
                                           rate.amount == 1 ? singular(rate.in) : plural(rate.in));
    rate_notes_.push_back(rate.of == Unit::steps
                              ? fmt::format("no batch: assumed {}; `--batch` gives yours", amount)
                              : fmt::format("assumed 1 {} = {}; `--rate '1 {} = …'` gives yours",
                                            singular(rate.of), amount, singular(rate.of)));
    if (std::find(view_.missing.begin(), view_.missing.end(), fact) == view_.missing.end())
      view_.missing.push_back(std::move(fact));
  }

  diagnostics::Issues missing_rates() {
    bind::Facts facts = view_.facts;
    facts.rates = given_rates_;
    return compile::bind_values(policy_, facts, outputs_, group_sets_).issues;
  }

  tl::expected<void, diagnostics::Issues> try_bind() {
    compile::Binding binding =
        compile::bind_values(policy_, view_.facts, outputs_, group_sets_, compile::Rules::at_rest);
    if (!binding.bound) return tl::unexpected(std::move(binding.issues));
    view_.bound = std::move(*binding.bound);
    return {};
  }

  tl::expected<void, diagnostics::Issues> bound(const Measure& measure) {
    if (!run_wanted()) return try_bind();
    view_.missing.insert(view_.missing.begin(), "run");
    if (!ir::counts_units(program_)) {
      view_.any_run = true;
      view_.facts.run = exact::Length{exact::Length::Of::steps, any_length};
      view_.notes.emplace_back("no run: every run has this shape, in % of it");
      return try_bind();
    }
    return assume_run(measure);
  }

  // The shortest of some lengths into which all phases fit.
  tl::expected<void, diagnostics::Issues> assume_run(const Measure& measure) {
    const Unit unit = measure.unit.value_or(Unit::steps);
    const Rational one = known().factor(unit, Unit::steps).value_or(Rational(1));
    const Rational free = measure.share < 1 ? Rational(1 - measure.share) : Rational(1, 10);
    const Rational exactly = measure.updates / free / one;
    diagnostics::Issues first;
    for (const int times : {0, 1, 2, 5, 10, 100}) {
      if (times == 0 && (!measure.closed || exactly == 0)) continue;
      const Rational run = times == 0 ? exactly : rounded_up(exactly * times);
      view_.facts.run = exact::Length{exact::of_unit(unit), run};
      auto tried = try_bind();
      if (tried) {
        view_.run_assumed = true;
        const std::string length =
            fmt::format("{} {}", spoken_count(run), run == 1 ? singular(unit) : plural(unit));
        view_.notes.push_back(
            measure.closed
                ? fmt::format("no run: assumed {}, what its phases add up to", length)
                : fmt::format("no run: assumed {}; `--run '100K steps'` gives yours", length));
        return {};
      }
      if (first.empty()) first = std::move(tried.error());
    }
    return tl::unexpected(std::move(first));
  }

  // What is drawn, and in which unit.
  void place(const Measure& measure) {
    if (view_.bound.run) {
      view_.length = *view_.bound.run;
      const auto& run = program_.run ? program_.run : view_.facts.run;
      if (!view_.any_run) view_.unit = unit_of(run->of());
      return;
    }
    if (measure.updates == 0) {
      view_.length = any_length;
      view_.any_run = true;
      view_.notes.emplace_back("no run: every run has this shape, in % of it");
      return;
    }
    view_.unit = measure.unit.value_or(Unit::steps);
    const Rational one = known().factor(*view_.unit, Unit::steps).value_or(Rational(1));
    const Rational shown = rounded_up(
        (measure.closed ? Rational(measure.updates * Rational(5, 4)) : measure.updates) / one);
    view_.length = shown * one;
    view_.notes.push_back(measure.closed ? "no run: its last level is held"
                                         : "no run: the schedule goes on for ever");
    view_.drawn = fmt::format("drawn up to {} {}", spoken_count(shown),
                              shown == 1 ? singular(*view_.unit) : plural(*view_.unit));
  }

  const compile::CompiledPolicy& policy_;
  ir::Program program_;
  std::vector<std::string> outputs_;
  std::vector<runtime::GroupSet> group_sets_;
  std::vector<exact::Rate> given_rates_, assumed_rates_;
  std::vector<std::string> rate_notes_;
  View view_;
};

}  // namespace

tl::expected<View, diagnostics::Issues> look_at(const compile::CompiledPolicy& policy,
                                                const bind::Facts& given,
                                                std::vector<std::string> outputs,
                                                std::vector<runtime::GroupSet> group_sets) {
  return Look(policy, given, std::move(outputs), std::move(group_sets)).look();
}

}  // namespace lrc::picture
