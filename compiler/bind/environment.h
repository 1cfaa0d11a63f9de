#pragma once
// The facts of a run, resolved: every quantity of the IR has its value here.

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "compiler/bind/bind.h"
#include "compiler/bind/path.h"

namespace lrc::bind {

// Thrown inside this folder and caught at its door.
struct Refusal {
  Failure failure;
};
[[noreturn]] inline void refuse(diagnostics::Code code, std::optional<std::uint32_t> origin,
                                std::string message, std::string reason, std::string advice = "") {
  throw Refusal{Failure{code, origin, std::move(message), std::move(reason), std::move(advice)}};
}

// A level whose number is known. Zero is relative and absolute.
struct BoundLevel {
  bool relative = false;
  double value = 0;
};

class Environment {
 public:
  Environment(const ir::Program& program, const Facts& facts)
      : parameters_(facts.parameters), updates_(facts.run_in_percent ? "%" : " steps") {
    for (const ir::Parameter& parameter : program.parameters) {
      if (exact::is_real(parameter.type)) real_parameters_.insert(parameter.name);
      if (parameter.value) parameters_.emplace(parameter.name, *parameter.value);
    }
    for (const ir::Peak& peak : program.peaks) {
      if (known(peak.value)) peaks_[peak.output] = real(peak.value);
    }
    for (const auto& [output, value] : facts.peaks) peaks_.emplace(output, real(value));
    for (const auto* rates : {&program.rates, &facts.rates}) {
      for (const exact::Rate& rate : *rates) {
        if (!conversions_.add(rate)) {
          refuse(diagnostics::Code::E0403, std::nullopt, "the rates contradict each other",
                 fmt::format("1 {} = {} {} does not fit the others", singular(rate.of),
                             exact::to_decimal(rate.amount), plural(rate.in)));
        }
      }
    }
    const auto& run = program.run ? program.run : facts.run;
    if (run) run_unit_ = unit_of(run->of());
    std::vector<exact::Rate> rates = program.rates;
    rates.insert(rates.end(), facts.rates.begin(), facts.rates.end());
    path_.emplace(rates, jumps(program, run));
    if (run) run_ = path_->updates(run_unit_, *run->exact());
  }

  [[nodiscard]] const exact::Conversions& conversions() const { return conversions_; }
  [[nodiscard]] const std::optional<exact::Rational>& run() const { return run_; }
  [[nodiscard]] const std::map<std::string, double>& peaks() const { return peaks_; }
  [[nodiscard]] const std::map<std::string, exact::Rational>& parameters() const {
    return parameters_;
  }

  // What stands behind a count of updates in a message.
  [[nodiscard]] std::string_view updates() const { return updates_; }

  // Whether a value is at hand: a parameter that no requested output needs may lack one.
  [[nodiscard]] bool known(const exact::Number& value) const {
    std::vector<std::string> names;
    exact::collect_parameters(value, names);
    return std::all_of(names.begin(), names.end(),
                       [&](const std::string& name) { return parameters_.contains(name); });
  }

  // Exact as long as nothing in it is binary64 from the start; then the exact value of that.
  [[nodiscard]] exact::Rational number(const exact::Number& value) const {
    const Scalar scalar = evaluate(value);
    if (!scalar.real) return scalar.exact;
    return exact::from_double(finite(scalar.value, value));
  }
  [[nodiscard]] double real(const exact::Number& value) const {
    const Scalar scalar = evaluate(value);
    return scalar.real ? finite(scalar.value, value) : real(scalar.exact);
  }

  // A rational where it first meets a run-time real: rounded once, to nearest even.
  [[nodiscard]] static double real(const exact::Rational& value) {
    const double rounded = exact::to_double(value);
    if (!std::isfinite(rounded)) {
      refuse(diagnostics::Code::E0506, std::nullopt,
             fmt::format("`{}` is beyond the largest number", exact::to_decimal(value)),
             "values are binary64");
    }
    return rounded;
  }

  [[nodiscard]] BoundLevel level(const exact::Level& value) const {
    return {value.relative, real(value.amount)};
  }

  [[nodiscard]] double peak(const std::string& output) const { return peaks_.at(output); }

  // A length in one unit: that of its first term, a share of the run in the run's, a share of a
  // cycle in updates. `cycle` is the length of the cycle that shares refer to.
  struct Amount {
    exact::Unit unit;
    exact::Rational value;
  };
  [[nodiscard]] Amount amount(const exact::Length& value,
                              const std::optional<exact::Rational>& cycle) const;

  // A position of the run, in updates.
  [[nodiscard]] exact::Rational position(const exact::Length& value) const;
  // Where a length ends that begins after so many updates, and where one begins that ends there.
  [[nodiscard]] exact::Rational after(const exact::Rational& begin, const exact::Length& value,
                                      const std::optional<exact::Rational>& cycle) const;
  [[nodiscard]] exact::Rational before(const exact::Rational& end, const exact::Length& value,
                                       const std::optional<exact::Rational>& cycle) const;
  // A length in updates, where it does not matter when it begins.
  [[nodiscard]] exact::Rational steps(const exact::Length& value,
                                      const std::optional<exact::Rational>& cycle) const;

  [[nodiscard]] exact::Unit run_unit() const { return run_unit_; }
  [[nodiscard]] const Path& path() const { return *path_; }
  // `from` in units of `to`, which must not change during the run.
  [[nodiscard]] exact::Rational factor(exact::Unit from, exact::Unit to) const;

 private:
  // A number, exact or in binary64.
  struct Scalar {
    bool real = false;
    exact::Rational exact;
    double value = 0;
  };
  [[nodiscard]] Scalar evaluate(const exact::Number& value) const;
  [[nodiscard]] Scalar apply(const exact::NumberCall& call) const;
  [[nodiscard]] double finite(double value, const exact::Number& number) const;
  [[nodiscard]] Amount term(const exact::Length::Term& term,
                            const std::optional<exact::Rational>& cycle) const;
  [[nodiscard]] static std::vector<ir::Jump> jumps(const ir::Program& program,
                                                   const std::optional<exact::Length>& run);

  exact::Conversions conversions_;
  std::optional<Path> path_;
  std::optional<exact::Rational> run_;
  exact::Unit run_unit_ = exact::Unit::steps;
  std::map<std::string, double> peaks_;
  std::map<std::string, exact::Rational> parameters_;
  std::set<std::string> real_parameters_;
  std::string_view updates_;
};

}  // namespace lrc::bind
