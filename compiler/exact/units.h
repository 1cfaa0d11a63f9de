#pragma once
// The units in which a run is counted, and the rates between them.

#include <array>
#include <optional>
#include <string_view>

#include "compiler/exact/rational.h"

namespace lrc::exact {

enum class Unit { steps, samples, tokens, epochs, seconds };
inline constexpr std::array units = {Unit::steps, Unit::samples, Unit::tokens, Unit::epochs,
                                     Unit::seconds};

// `step`, `sample`, `token`, `epoch`, `second`.
[[nodiscard]] std::string_view singular(Unit unit);
[[nodiscard]] std::string_view plural(Unit unit);
// Singular or plural; nullopt when it is no unit.
[[nodiscard]] std::optional<Unit> unit_named(std::string_view word);

// `1 of = amount in`: one epoch is 50,000 samples; one step is 512 samples (a batch).
struct Rate {
  Unit of;
  Rational amount;  // > 0
  Unit in;
  bool operator==(const Rate&) const = default;
};

// The same rate, told of the unit that is usually the longer one: of epochs, then of seconds, then
// of steps, then of samples.
[[nodiscard]] Rate canonical(const Rate& rate);

// How many updates one of each unit is, as far as declared rates tell.
class Conversions {
 public:
  // False when `rate` contradicts those before it; then nothing changes.
  [[nodiscard]] bool add(const Rate& rate);
  // `from` in units of `to`: nullopt when no chain of rates joins them.
  [[nodiscard]] std::optional<Rational> factor(Unit from, Unit to) const;

 private:
  static constexpr std::size_t count = units.size();
  std::array<std::array<std::optional<Rational>, count>, count> known_;
};

}  // namespace lrc::exact
