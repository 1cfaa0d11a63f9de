#pragma once
// The checked policy: every name is resolved, every quantity has its meaning, every phase has what
// it needs. There is no unset, unknown or wrong state in it. Sugar and the author's order remain.

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "compiler/exact/quantity.h"
#include "compiler/source/source.h"

namespace lrc::policy {

using exact::Length;
using exact::Level;
using exact::Number;
using source::Span;

// A formula of the standard library: a number, argument `variable` of its curve, or a function of
// formulas (`+ - * / ^ negate` and the primitives).
struct Formula {
  enum class Kind : std::uint8_t { number, variable, call };
  Kind kind = Kind::number;
  exact::Rational number;
  std::uint32_t variable = 0;
  std::string function;
  std::vector<Formula> arguments;
};

// `curve polynomial(u, power) = …`: argument 0 is the progress.
struct Curve {
  std::string name;
  std::vector<std::string> parameters;
  Formula formula;
};

struct Shape {
  std::shared_ptr<const Curve> curve;
  std::vector<Number> arguments;  // of the curve's parameters behind the progress
  bool reversed = false;
};

// How long a phase lasts. `open` takes what is left.
struct Extent {
  enum class Kind : std::uint8_t { open, for_, until, last };
  Kind kind = Kind::open;
  Length length;  // unused when open
};

// Where the ramp lies, when that is not the phase itself: `over D`, `over P .. Q`.
struct Over {
  std::optional<Length> begin;  // none: at the start of the phase
  Length end;                   // a duration without begin, a position with it
};

struct Schedule;

struct Warmup {
  Shape shape;
  std::optional<Level> to;
};
struct Cooldown {
  Shape shape;
  Level to;
};
struct Ramp {
  Shape shape;
  Level to;
};
struct ExponentialRamp {
  Level to;
};
struct Hold {};
// `by f per U`, `by f every U` (a staircase), `by f at P, Q`.
struct Decay {
  Number factor;
  std::variant<Length, std::vector<Length>> when;
  bool staircase = false;
};
struct InverseSquareRoot {
  std::optional<Length> timescale;
};
struct Repeat {
  Length period;
  Number growth;
  std::shared_ptr<const Schedule> body;
};
struct Cycle {
  Shape shape;
  Level low, high;
  Length period;
};

struct Phase {
  std::variant<Warmup, Cooldown, Ramp, ExponentialRamp, Hold, Decay, InverseSquareRoot, Repeat,
               Cycle>
      form;
  Extent extent;
  std::optional<Over> over;
  std::optional<Level> from;
  Span span;
};

struct Timeline {
  std::vector<Phase> phases;  // at least one
};

struct Combination {
  enum class Kind : std::uint8_t { minimum, maximum };
  Kind kind;
  std::vector<Schedule> operands;  // at least one
};

struct Schedule {
  std::variant<Timeline, Combination> value;
  Span span;
};

struct Clamp {
  Level low, high;
};

struct Output {
  std::string name;
  Schedule schedule;
  std::optional<Clamp> clamp;
  Span span;  // of the name
};

struct Factor {
  std::string output;
  Number by;
};

struct GroupClamp {
  std::string output;
  Clamp clamp;
};

struct Group {
  std::string name;
  std::vector<std::string> patterns;
  std::vector<Output> outputs;
  std::vector<Factor> factors;
  std::vector<GroupClamp> clamps;
};

struct Parameter {
  std::string name;
  exact::ParameterType type;
  std::optional<exact::Rational> value;  // none: every run must choose one
  std::optional<std::pair<exact::Rational, exact::Rational>> range;
  Span span;
};

// Facts that the policy states itself, each with its place.
template <class Value>
struct Stated {
  Value value;
  Span span;
};

struct Peak {
  std::string output;
  Number value;
  Span span;
};

// A fact that the outputs need and the place of the quantity that needs it.
struct Need {
  // `growth`: the run, for cycles whose growth is no whole number.
  enum class Fact : std::uint8_t { run, peak, rate, parameter, growth };
  Fact fact;
  std::string output;                     // whose schedule needs it; for a peak also whose peak
  exact::Unit unit = exact::Unit::steps;  // of a rate: the unit that must be counted in steps
  Span span;
  std::string parameter = {};                         // the name of one without a value
  std::optional<std::uint32_t> group = std::nullopt;  // whose schedule needs it; none: the policy's
};

struct Policy {
  std::string name;           // empty for a sentence
  std::uint64_t version = 0;  // 0 for a sentence
  Span name_span;
  std::vector<std::string> owners;
  std::optional<Stated<Length>> run;       // in a unit, never a share
  std::vector<Stated<exact::Rate>> rates;  // a batch is the rate of a step
  std::vector<Peak> peaks;
  std::vector<Parameter> parameters;
  std::vector<Output> outputs;  // in the author's order; at least one
  std::vector<Group> groups;
  std::vector<Need> needs;
};

}  // namespace lrc::policy
