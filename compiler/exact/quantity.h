#pragma once
// Numbers, lengths and levels as a policy states them: exact, or the name of a parameter whose
// value comes with the run.

#include <compare>
#include <cstdint>
#include <string>
#include <variant>

#include "compiler/exact/rational.h"
#include "compiler/exact/units.h"

namespace lrc::exact {

struct ParameterName {
  std::string name;
  bool operator==(const ParameterName&) const = default;
};
using Number = std::variant<Rational, ParameterName>;

// What `rounded …` asks for, to a whole number of the length's unit (of a share: of the run's).
enum class Rounding : std::uint8_t { none, nearest, up, down, even };

// A duration, or a position of the run: in a unit, as a share of the run, or of the cycle.
struct Length {
  enum class Of : std::uint8_t { steps, samples, tokens, epochs, run, cycle };
  Of of = Of::steps;
  Number amount;
  bool operator==(const Length&) const = default;
};
[[nodiscard]] constexpr Length::Of of_unit(Unit unit) { return static_cast<Length::Of>(unit); }
[[nodiscard]] constexpr bool has_unit(Length::Of of) { return of < Length::Of::run; }
[[nodiscard]] constexpr Unit unit_of(Length::Of of) { return static_cast<Unit>(of); }

// A share of the output's peak (`0.1x`), or a plain number. Zero is both, and kept as plain.
struct Level {
  bool relative = false;
  Number amount;
  bool operator==(const Level&) const = default;
};

// What a `param` is measured in; the last four are lengths in units.
enum class ParameterType : std::uint8_t {
  rate,
  number,
  level,
  share,
  steps,
  samples,
  tokens,
  epochs
};
[[nodiscard]] constexpr Unit unit_of(ParameterType type) {
  return static_cast<Unit>(static_cast<int>(type) - static_cast<int>(ParameterType::steps));
}

}  // namespace lrc::exact
