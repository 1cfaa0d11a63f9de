#pragma once
// Numbers, lengths and levels as a policy states them: exact, or with the name of a parameter in
// them whose value comes with the run.

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "compiler/exact/rational.h"
#include "compiler/exact/units.h"

namespace lrc::exact {

struct ParameterName {
  std::string name;
  bool operator==(const ParameterName&) const = default;
};

// A function of numbers that no exact number can replace: it has a parameter in it, or a root.
struct Number;
struct NumberCall {
  std::string function;  // a spelling of ir/operations.def
  std::vector<Number> arguments;
  bool operator==(const NumberCall& other) const;
};
struct Number : std::variant<Rational, ParameterName, NumberCall> {
  using variant::variant;
  bool operator==(const Number& other) const {
    return static_cast<const variant&>(*this) == static_cast<const variant&>(other);
  }
};
inline bool NumberCall::operator==(const NumberCall& other) const {
  return function == other.function && arguments == other.arguments;
}

// function(arguments): an exact number where `+ - * / min max` of exact numbers is one, or a whole
// power; a call otherwise.
[[nodiscard]] Number apply(const std::string& function, std::vector<Number> arguments);

// The names of all parameters in it, in the order written.
void collect_parameters(const Number& number, std::vector<std::string>& names);

// For people: `2 * floor`, brackets around what is computed inside, literals as `literal` says.
[[nodiscard]] std::string spoken(const Number& number,
                                 const std::function<std::string(const Rational&)>& literal);

// What `rounded …` asks for, to a whole number of the length's unit (of a share: of the run's).
enum class Rounding : std::uint8_t { none, nearest, up, down, even };

// A duration, or a position of the run: a sum of amounts in units, shares of the run and shares of
// the cycle, each kind at most once and in this order.
struct Length {
  enum class Of : std::uint8_t { steps, samples, tokens, epochs, seconds, run, cycle };
  struct Term {
    Of of = Of::steps;
    Number amount;
    bool operator==(const Term&) const = default;
  };
  std::vector<Term> terms;  // at least one
  Rounding rounding = Rounding::none;
  bool of_float_product = false;  // share and run are multiplied in binary64 before rounding

  Length() : Length(Of::steps, Rational(0)) {}
  Length(Of of, Number amount) : terms{{of, std::move(amount)}} {}
  bool operator==(const Length&) const = default;

  // Of the first term: the unit that a rounding counts in.
  [[nodiscard]] Of of() const { return terms[0].of; }
  // Whether it is one amount of one kind, as written.
  [[nodiscard]] bool simple() const { return terms.size() == 1 && rounding == Rounding::none; }
  // The amount of a simple length that has no parameter in it; null otherwise.
  [[nodiscard]] const Rational* exact() const {
    return simple() ? std::get_if<Rational>(&terms[0].amount) : nullptr;
  }
};
[[nodiscard]] constexpr Length::Of of_unit(Unit unit) { return static_cast<Length::Of>(unit); }
[[nodiscard]] constexpr bool has_unit(Length::Of of) { return of < Length::Of::run; }
[[nodiscard]] constexpr Unit unit_of(Length::Of of) { return static_cast<Unit>(of); }

// Of lengths without a rounding: their sum, and one `*` or `/` a number.
[[nodiscard]] Length operator+(const Length& a, const Length& b);
[[nodiscard]] Length scaled(const Length& value, const std::string& function, const Number& by);

// To a whole number. `nearest` takes halves up, `even` to the even one.
[[nodiscard]] Integer rounded(const Rational& value, Rounding rounding);

// A share of the output's peak (`0.1x`), or a plain number. Zero is both, and kept as plain.
struct Level {
  bool relative = false;
  Number amount;
  bool operator==(const Level&) const = default;
};

// What a `param` is measured in; the last five are lengths in units.
enum class ParameterType : std::uint8_t {
  rate,
  number,
  level,
  share,
  steps,
  samples,
  tokens,
  epochs,
  seconds
};
[[nodiscard]] constexpr Unit unit_of(ParameterType type) {
  return static_cast<Unit>(static_cast<int>(type) - static_cast<int>(ParameterType::steps));
}
// Whether its values are binary64 from the start; the others are exact.
[[nodiscard]] constexpr bool is_real(ParameterType type) { return type <= ParameterType::level; }

}  // namespace lrc::exact
