#pragma once
// The canonical form of a policy's meaning: what is hashed. Every phase is one form (M1); every
// fact that the policy does not state is a named input. No places, no names of phases, no sugar.

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "compiler/exact/quantity.h"

namespace lrc::ir {

using exact::Length;
using exact::Level;
using exact::Number;

// A shape as a function of the progress u.
struct Formula {
  enum class Kind : std::uint8_t { number, progress, call };
  Kind kind = Kind::progress;
  Number number;         // Kind::number
  std::string function;  // Kind::call: a spelling of operations.def
  std::vector<Formula> arguments;
  bool operator==(const Formula&) const = default;
};

// Where the phase ends: after a length, at a position, wherever the rest of the schedule begins, or
// at the end of the run after a length.
struct Extent {
  enum class Kind : std::uint8_t { rest, length, until, last };
  Kind kind = Kind::rest;
  Length length;
  bool operator==(const Extent&) const = default;
};

// The ramp's span, where it is not the phase's own.
struct Over {
  std::optional<Length> begin;  // a position; none: the start of the phase
  Length end;                   // a position with begin, a duration without
  bool operator==(const Over&) const = default;
};

enum class Reading : std::uint8_t { start, middle, end };  // of the update

// What stands behind the end: the level reached; the last phase backwards and forwards, or again,
// without end; its form without a limit; nothing.
enum class Past : std::uint8_t { hold, mirror, repeat, continue_, error };

struct Curve;

struct Hold {
  bool operator==(const Hold&) const = default;
};
struct Ramp {
  Level to;
  Formula shape;
  std::optional<Over> over;
  bool operator==(const Ramp&) const = default;
};
struct ExponentialRamp {
  Level to;
  std::optional<Over> over;
  bool operator==(const ExponentialRamp&) const = default;
};
struct Decay {
  Number factor;
  Length per;
  bool staircase;
  bool operator==(const Decay&) const = default;
};
struct Milestones {
  Number factor;
  std::vector<Length> positions;
  bool operator==(const Milestones&) const = default;
};
struct InverseSquareRoot {
  std::optional<Length> timescale;  // none: the start of the phase in the run
  bool operator==(const InverseSquareRoot&) const = default;
};
// A*((T + t)/T)^power, t since the start of the phase.
struct PowerLaw {
  Number power;
  Length timescale;
  bool operator==(const PowerLaw&) const = default;
};
struct Repeat {
  std::variant<Length, Number> period;  // its length, or into how many the phase is divided
  Number growth = exact::Rational(1);   // of the length, from one cycle to the next
  Number peak = exact::Rational(1);     // of the peak
  Number swing = exact::Rational(1);    // of the distance from the level a cycle ends at
  std::optional<Number> at_most;        // cycles, behind which the level reached holds
  std::vector<struct Phase> body;
  bool operator==(const Repeat& other) const;
};
// A curve of the position: one, as a vector because it is not complete here.
struct Formulaic {
  std::vector<Curve> curve;
  bool operator==(const Formulaic& other) const;
};

struct Phase {
  Extent extent;
  std::optional<Level> from;  // none: the level that the phase before hands over
  std::variant<Hold, Ramp, ExponentialRamp, Decay, Milestones, InverseSquareRoot, PowerLaw, Repeat,
               Formulaic>
      form;
  Reading reading = Reading::start;
  std::uint32_t origin = 0;  // which phase of the source it came from: not part of the meaning

  bool operator==(const Phase& other) const {
    return extent == other.extent && from == other.from && form == other.form &&
           reading == other.reading;
  }
};
inline bool Repeat::operator==(const Repeat& other) const {
  return period == other.period && growth == other.growth && peak == other.peak &&
         swing == other.swing && at_most == other.at_most && body == other.body;
}

struct Timeline {
  std::vector<Phase> phases;
  Past past = Past::hold;
  bool operator==(const Timeline&) const = default;
};

// A function of the update. Which members it has depends on its kind.
struct Curve {
  enum class Kind : std::uint8_t {
    timeline,
    combination,  // function, operands
    reference,    // name: the final value of another output in the same group
    position,     // unit: where the update is read in the run
    elapsed,      // unit: the same since the start of the phase
    progress,     // the share of the run that lies behind
    noise,        // number: uniform in [0, 1), by the update and this seed
    mirrored,     // name, low, high: the operand, the curve of that output, turned upside down
    late,         // number: the operand so many updates before
    held,         // length: the operand at the start of each such period
    extended      // length, end: the operand, what is left of it there stretched to the end
  };
  Kind kind = Kind::timeline;
  Timeline timeline = {};
  std::string name = {};  // of the function, a spelling of operations.def, or of the output
  std::vector<Curve> operands = {};
  exact::Unit unit = exact::Unit::steps;
  Number number = exact::Rational(0);
  Length length = {}, end = {};
  Level low = {}, high = {};
  bool operator==(const Curve&) const = default;
};
inline bool Formulaic::operator==(const Formulaic& other) const { return curve == other.curve; }

struct Clamp {
  Level low, high;
  bool operator==(const Clamp&) const = default;
};

// The peak times the batch over `from`, or the root of that.
struct Scale {
  bool root = false;
  exact::Rational from;
  exact::Unit unit = exact::Unit::samples;
  bool operator==(const Scale&) const = default;
};

// From the first update at or behind a position on, a rate is another one.
struct Jump {
  exact::Rate rate;
  Length at;
  bool operator==(const Jump&) const = default;
};

struct Output {
  std::string name;
  Curve curve;
  std::optional<Clamp> clamp;
  std::optional<Scale> scale = std::nullopt;
  bool operator==(const Output&) const = default;
};

struct Factor {
  std::string output;
  Number by;
  bool operator==(const Factor&) const = default;
};

struct GroupClamp {
  std::string output;
  Clamp clamp;
  bool operator==(const GroupClamp&) const = default;
};

// Whose lr is 0 up to a position of the run; for ever without one.
struct Frozen {
  std::optional<Length> until;
  bool operator==(const Frozen&) const = default;
};

struct Group {
  std::string name;
  std::vector<std::string> patterns;
  std::vector<Output> outputs;  // by name, without clamps
  std::vector<Factor> factors;
  std::vector<GroupClamp> clamps;
  std::optional<Frozen> frozen;
  bool operator==(const Group&) const = default;
};

// What makes a rule fire.
struct Trigger {
  enum class Kind : std::uint8_t { plateau, spike, nonfinite, threshold };
  Kind kind = Kind::plateau;
  std::vector<std::string> metrics;  // one; of nonfinite one or more, by name
  bool upwards = false;              // rising is better; above
  Number level;                      // what better must exceed; times its mean; the threshold
  bool relative = false;             // plateau: the level is a share of the best
  std::uint64_t count = 1;           // plateau: evaluations in a row
  std::optional<Length> window;      // of a spike
  bool operator==(const Trigger&) const = default;
};

struct Reaction {
  std::string output;
  Number by;
  std::optional<Length> duration;     // none: for good, and firings multiply
  std::optional<Level> floor;         // `not below`
  std::optional<std::uint64_t> most;  // firings
  std::optional<Level> ignored;       // changes up to this size
  bool operator==(const Reaction&) const = default;
};

struct Rule {
  Trigger trigger;
  std::uint64_t cooldown = 0;             // observations
  std::optional<Length> after;            // a position
  bool counting = false;                  // what is not finite
  std::vector<Reaction> reactions;        // by output; one at least, or a signal
  std::uint32_t origin = 0;               // as of a phase
  std::vector<std::string> signals = {};  // to the trainer, by name

  bool operator==(const Rule& other) const {
    return trigger == other.trigger && cooldown == other.cooldown && after == other.after &&
           counting == other.counting && reactions == other.reactions && signals == other.signals;
  }
};

struct Parameter {
  std::string name;
  exact::ParameterType type;
  std::optional<exact::Rational> value;  // none: every run must choose one
  std::optional<std::pair<exact::Rational, exact::Rational>> range;
  bool operator==(const Parameter&) const = default;
};

struct Peak {
  std::string output;
  Number value;
  bool operator==(const Peak&) const = default;
};

// The inputs a run must bring: what is needed and not stated.
struct Inputs {
  bool run = false;
  std::vector<std::string> peaks;       // outputs whose peak is needed
  std::vector<exact::Unit> rates;       // units without a stated chain of rates to steps
  std::vector<std::string> parameters;  // those without a value, by name
  bool operator==(const Inputs&) const = default;
};

struct Program {
  std::optional<Length> run;
  std::optional<Length> stop;  // where the run ends before that: no value depends on it
  std::vector<exact::Rate> rates;
  std::vector<Jump> jumps;            // of each rate in the order of their positions
  std::vector<Peak> peaks;            // by output
  std::vector<Parameter> parameters;  // by name
  std::vector<Output> outputs;        // by name; at least one
  std::vector<Group> groups;          // in the author's order
  std::vector<Rule> rules;            // in the author's order: floors make it matter
  Inputs inputs;
  bool operator==(const Program&) const = default;
};

}  // namespace lrc::ir
