#include "compiler/import/cycles.h"

#include <cmath>

namespace lrc::import {

double cycle_begin(const Growth& growth, double number) {
  if (growth.factor == 1) return growth.first * number;
  const double begin = growth.first * (std::pow(growth.factor, number) - 1) / (growth.factor - 1);
  // What rounding moved beside an update begins with it; whether late, cycle_at tells.
  constexpr double rounding = 1e-12;
  const double update = std::round(begin);
  return std::abs(begin - update) <= rounding * begin ? update : begin;
}

double cycle_length(const Growth& growth, double number) {
  return growth.first * std::pow(growth.factor, number);
}

double cycle_at(const Growth& growth, double time) {
  if (growth.factor == 1) return std::floor(time / growth.first);
  return std::floor(std::log(1 - time / growth.first * (1 - growth.factor)) /
                    std::log(growth.factor));
}

bool begins_late(const Growth& growth, double number) {
  const double begin = cycle_begin(growth, number);
  return begin == std::floor(begin) && cycle_at(growth, begin) < number;
}

bool any_begins_late(const Growth& growth, double numbers) {
  for (double number = 1; number <= numbers; number += 1)
    if (begins_late(growth, number)) return true;
  return false;
}

}  // namespace lrc::import
