#include "compiler/lock/assume.h"

#include <algorithm>

#include <fmt/format.h>

#include "compiler/bind/stand_in.h"

namespace lrc::lock {
namespace {

using exact::Rate;
using exact::Unit;

// The rate that brings a unit closer to steps. Each joins two units that no rate joined before, so
// none contradicts what the policy states.
Rate next_rate(Unit unit, const exact::Conversions& known, const Setting& setting) {
  if (known.factor(unit, Unit::samples)) return {Unit::steps, setting.batch, Unit::samples};
  if (known.factor(unit, Unit::epochs)) return {Unit::epochs, setting.epoch, Unit::steps};
  if (known.factor(unit, Unit::seconds)) return {Unit::seconds, 1, Unit::steps};
  return {Unit::samples, 1, Unit::tokens};
}

std::string words(const Rate& rate) {
  if (rate.of == Unit::steps)
    return rate.amount == 1 ? "batch 1 sample"
                            : fmt::format("batch {} samples", exact::to_text(rate.amount));
  if (rate.of == Unit::seconds) return "1 second = 1 step";
  return rate.of == Unit::epochs ? fmt::format("1 epoch = {} steps", exact::to_text(rate.amount))
                                 : "1 sample = 1 token";
}

template <class Parameters>
auto* named(Parameters& parameters, const std::string& name) {
  const auto found = std::find_if(parameters.begin(), parameters.end(),
                                  [&](const ir::Parameter& item) { return item.name == name; });
  return found == parameters.end() ? nullptr : &*found;
}

// The same from either side, so that an open parameter alone makes no difference in numbers.
exact::Rational assumed_value(const ir::Parameter& open, const ir::Program& other) {
  const ir::Parameter* twin = named(other.parameters, open.name);
  if (twin == nullptr || twin->type != open.type) return bind::stand_in(open);
  if (twin->value) return *twin->value;
  if (!twin->range) return bind::stand_in(open);
  if (!open.range) return bind::stand_in(*twin);
  return std::max(open.range->first, twin->range->first);
}

void assume_parameters(Assumptions& assumed, const ir::Program& program, const ir::Program& other) {
  for (const std::string& name : program.inputs.parameters) {
    const ir::Parameter& parameter = *named(program.parameters, name);
    const exact::Rational value = assumed_value(parameter, other);
    assumed.facts.parameters[name] = value;
    assumed.words.push_back(fmt::format("{} = {}", name, bind::written(parameter, value)));
  }
  const auto has_default = [](const ir::Parameter& item) { return item.value.has_value(); };
  if (std::any_of(program.parameters.begin(), program.parameters.end(), has_default))
    assumed.words.emplace_back("parameters at their defaults");
}

}  // namespace

Assumptions assume(const ir::Program& program, const ir::Program& other, const Setting& setting) {
  Assumptions assumed;
  for (const std::string& output : program.inputs.peaks) {
    assumed.facts.peaks[output] = 1;
    assumed.words.push_back(output == "lr" ? "peak 1" : fmt::format("peak {} 1", output));
  }
  if (program.inputs.run || (setting.always_run && !program.run))
    assumed.facts.run = exact::Length{exact::Length::Of::steps, exact::Rational(setting.run)};
  exact::Conversions known;
  for (const Rate& rate : program.rates) static_cast<void>(known.add(rate));
  for (const Unit unit : program.inputs.rates) {
    while (!known.factor(unit, Unit::steps)) {
      const Rate rate = next_rate(unit, known, setting);
      static_cast<void>(known.add(rate));
      assumed.facts.rates.push_back(rate);
      assumed.words.push_back(words(rate));
    }
  }
  assume_parameters(assumed, program, other);
  return assumed;
}

std::string grouped(std::int64_t number) {
  constexpr std::size_t group = 3;
  std::string digits = std::to_string(number);
  for (std::size_t i = digits.size(); i > group; i -= group) digits.insert(i - group, 1, ',');
  return digits;
}

}  // namespace lrc::lock
