#include "compiler/bind/stand_in.h"

#include <fmt/format.h>

namespace lrc::bind {

using exact::ParameterType;
using exact::Rational;

exact::Rational stand_in(const ir::Parameter& parameter) {
  if (parameter.range) return parameter.range->first;
  constexpr int shortest = 1000;
  switch (parameter.type) {
    case ParameterType::rate:
    case ParameterType::number: return 1;
    case ParameterType::level:
    case ParameterType::share: return Rational(1, 10);
    default: return shortest;  // a length in a unit
  }
}

std::string written(const ir::Parameter& parameter, const exact::Rational& value) {
  const auto spoken = [](const Rational& number) {
    return fmt::format("{}", exact::to_double(number));
  };
  if (parameter.type <= ParameterType::number) return spoken(value);
  if (parameter.type == ParameterType::level) return spoken(value) + "x";
  if (parameter.type == ParameterType::share) return spoken(value * 100) + "%";
  constexpr int digits = 40;
  const exact::Unit unit = unit_of(parameter.type);
  return fmt::format("{} {}", exact::to_decimal(value, digits),
                     value == 1 ? singular(unit) : plural(unit));
}

}  // namespace lrc::bind
