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

// A formula of a definition: a number, argument `variable` of its curve, or a function of
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

// Where inside an update a form is read (M6).
enum class Reading : std::uint8_t { start, middle, end };

// What stands behind the end of the run: the level reached, the last phase backwards and forwards
// again and again, the last phase again and again, its form without an end, or nothing.
enum class Past : std::uint8_t { hold, mirror, repeat, continue_, error };

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
// `warm`: a warmup of this shape, which goes to 1x unless it says so.
struct ExponentialRamp {
  std::optional<Level> to;
  bool warm = false;
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
// A*((T + t)/T)^power, t since the phase's start.
struct PowerLaw {
  Number power;
  Length timescale;
};
// How cycles change from one to the next, and how many there are.
struct Growth {
  Number length = exact::Rational(1);
  Number peak = exact::Rational(1);
  Number swing = exact::Rational(1);  // the distance from the level that a cycle ends at
  std::optional<Number> at_most;      // then the level reached holds
};
struct Repeat {
  std::variant<Length, Number> period;  // its length, or into how many the phase is divided
  Growth growth;
  std::shared_ptr<const Schedule> body;
};
struct Cycle {
  Shape shape;
  Level low, high;
  Length period;
  Number up = exact::Rational(1, 2);  // the share of a cycle that rises
  Growth growth;
};
// A formula of the position.
struct Formulaic {
  std::shared_ptr<const Schedule> schedule;
};

struct Phase {
  std::variant<Hold, Warmup, Cooldown, Ramp, ExponentialRamp, Decay, InverseSquareRoot, PowerLaw,
               Repeat, Cycle, Formulaic>
      form;
  Extent extent;
  std::optional<Over> over;
  std::optional<Level> from;
  Reading reading = Reading::start;  // of all but jumps and staircases
  Span span;
};

struct Timeline {
  std::vector<Phase> phases;  // at least one
  Past past = Past::hold;
};

// A function of schedules, update by update.
struct Combination {
  std::string function;            // a spelling of ir/operations.def
  std::vector<Schedule> operands;  // as many as it takes; of min and max one or more
};

// The final value of another output in the same group.
struct Reference {
  std::string output;
};

// The position in the run, or since the start of the phase, in units.
struct Place {
  bool elapsed = false;
  exact::Unit unit = exact::Unit::steps;
};

// The share of the run that lies behind.
struct Progress {};

// The phases, shapes and readings of another output: what rises there goes to `low`, what falls to
// `high`.
struct Mirrored {
  std::string output;
  Level low, high;
};

// A uniform number in [0, 1) that depends on the update and the seed only.
struct Noise {
  exact::Rational seed;  // a whole number below 2^64
};

// What is left of a schedule at a position of the run, stretched to end elsewhere.
struct Extension {
  Length at, end;
};

// A schedule read `late` by so many updates, `held` from the start of each period, or extended.
struct Shifted {
  std::shared_ptr<const Schedule> schedule;
  std::variant<Number, Length, Extension> by;
};

struct Schedule {
  std::variant<Timeline, Combination, Reference, Place, Progress, Mirrored, Noise, Shifted> value;
  Span span;
};

struct Clamp {
  Level low, high;
};

// The peak times the batch over `from`, or the root of that.
struct Scale {
  bool root = false;
  exact::Rational from;
  exact::Unit unit = exact::Unit::samples;
};

struct Output {
  std::string name;
  Schedule schedule;
  std::optional<Clamp> clamp;
  Span span;  // of the name
  std::optional<Scale> scale = std::nullopt;
};

struct Factor {
  std::string output;
  Number by;
};

struct GroupClamp {
  std::string output;
  Clamp clamp;
};

// Whose lr is 0 up to a position of the run; for ever without one.
struct Frozen {
  std::optional<Length> until;
};

struct Group {
  std::string name;
  std::vector<std::string> patterns;  // without captures: each number has a group of its own
  std::vector<Output> outputs;
  std::vector<Factor> factors;
  std::vector<GroupClamp> clamps;
  std::optional<Frozen> frozen;
};

// What makes a rule fire.
struct Trigger {
  enum class Kind : std::uint8_t { plateau, spike, nonfinite, threshold };
  Kind kind = Kind::plateau;
  std::vector<std::string> metrics;  // one; of nonfinite one or more
  bool upwards = false;              // rising is better; above
  Number level;                      // what better must exceed; times its mean; the threshold
  bool relative = false;             // plateau: the level is a share of the best
  std::uint64_t count = 1;           // plateau: evaluations in a row
  std::optional<Length> window;      // of a spike
};

struct Reaction {
  std::string output;
  Number by;
  std::optional<Length> duration;     // none: for good, and firings multiply
  std::optional<Level> floor;         // `not below`
  std::optional<std::uint64_t> most;  // firings
  std::optional<Level> ignored;       // changes up to this size
};

struct Rule {
  Trigger trigger;
  std::uint64_t cooldown = 0;       // observations
  std::optional<Length> after;      // a position
  bool counting = false;            // what is not finite
  std::vector<Reaction> reactions;  // of different outputs; one at least, or a signal
  Span span;
  std::vector<std::string> signals = {};  // to the trainer, each once
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

// From the first update at or behind a position on, a rate is another one: a batch that grows.
struct Jump {
  exact::Rate rate;
  Length at;  // one amount of a unit, or a share of the run
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

// A position of the run with a name.
struct Mark {
  std::string name;
  Length at;
  std::vector<Need> needs;
  Span span;
};

// What is to be proved of an output, for every run and every value of a parameter in its range.
struct Claim {
  enum class Kind : std::uint8_t { above, below, continuous, rises, falls, reaches, ends };
  Kind kind;
  std::string output;
  Level level;                         // the bound, or what is reached; unused by the others
  std::optional<Length> after, until;  // of rises and falls
  std::vector<Need> needs;
  Span span;
};

// `lr in norms at step 1999 is 3e-4 within 1e-12`
struct Expectation {
  std::string output;
  std::optional<std::uint32_t> group;
  std::variant<std::int64_t, Length> at;  // what an update uses, or a place on the curve
  Level is;
  std::optional<Number> within;
  std::vector<Need> needs;
  Span at_span;  // `step 1999`
  Span is_span;  // the level alone
  Span span;
};

// The facts that a test sets where the policy leaves them open.
struct Setting {
  std::optional<Length> run;
  std::vector<exact::Rate> rates;
  std::vector<std::pair<std::string, exact::Rational>> peaks, parameters;
};

struct Test {
  std::string title;
  Setting setting;
  std::vector<Expectation> expectations;
  Span span;
};

struct Policy {
  std::string name;           // empty for a sentence
  std::uint64_t version = 0;  // 0 for a sentence
  Span name_span;
  std::vector<std::string> owners;
  std::optional<Stated<Length>> run;       // in a unit, never a share
  std::optional<Stated<Length>> stop;      // where the run ends before its horizon
  std::vector<Stated<exact::Rate>> rates;  // a batch is the rate of a step
  std::vector<Jump> jumps;                 // of each rate in the order of their positions
  std::vector<Peak> peaks;
  std::vector<Parameter> parameters;
  std::vector<Output> outputs;  // in the author's order; at least one
  std::vector<Group> groups;
  std::vector<Rule> rules;  // in the author's order
  std::vector<Need> needs;
  std::vector<Mark> marks;  // what follows is no part of the meaning
  std::vector<Claim> claims;
  std::vector<Test> tests;
};

}  // namespace lrc::policy
