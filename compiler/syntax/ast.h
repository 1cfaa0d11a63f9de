#pragma once
// What a person wrote, as a tree of plain values. Every node knows its place; nothing here knows
// whether it makes sense.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "compiler/exact/quantity.h"
#include "compiler/source/source.h"

namespace lrc::ast {

using source::Span;

struct Word {
  std::string text;
  Span span;
};

struct Schedule;

// `warmup: 2000 steps`
struct Argument {
  std::optional<Word> name;
  std::shared_ptr<const Schedule> schedule;
};

// A number with what stands behind it, a name, or what is computed from them: an expression. The
// formula of a curve is one, and so is a schedule that has no phases.
struct Value {
  enum class Kind : std::uint8_t {
    plain,
    share,      // `6%`
    level,      // `0.1x`
    unit,       // `30 epochs`
    name,       // `floor`
    operation,  // `a * b`, `-a`: the sign and its operands
    call,       // `sqrt(2)`: the name and its arguments
    part_of,    // `1/3 of run`: `run` or `cycle`, and the operand
    rounded,    // `6% rounded up`
    place,      // `position in steps`: the word and the unit behind it as operand
    mirrored,   // `mirror lr between 0.85 and 0.95`: the output and both levels
    branch,     // `pretrain at step 1000`: the policy and the step
    schedule    // `(warmup 6% then hold)`
  };
  Kind kind = Kind::plain;
  exact::Rational number = 0;  // `6` for `6%`; the step of a branch
  std::string word = {};       // the unit, the name, the sign, `run` or `cycle`
  Span span = {};
  std::vector<Value> operands = {};
  std::vector<Argument> arguments = {};
  std::shared_ptr<const Schedule> schedule = nullptr;
  exact::Rounding rounding = exact::Rounding::none;
  bool of_float_product = false;  // of rounded
};

enum class ClauseKind : std::uint8_t {
  value,
  to,
  from,
  for_,
  until,
  over,
  last,
  every,
  per,
  at,
  by,
  growing,
  peak,
  swing,
  power,
  timescale,
  between,
  up,
  at_most,
  times,
  reversed
};
inline constexpr std::size_t clause_kinds = 21;

struct Clause {
  ClauseKind kind;
  std::vector<Value> values;  // for `every epoch` and `per epoch` a value of kind unit, number 1
  Span span;
};

struct Phase {
  Word head;
  std::vector<Argument> arguments;  // of a head that is a call: `bend(2) to 0.1x`
  std::vector<Clause> clauses;
  std::shared_ptr<const Schedule> body;     // of `repeat`, or null
  std::shared_ptr<const Schedule> formula;  // `(…) for 10%`: in place of a head, or null
  bool reversed = false;                    // `reversed sqrt to 0`
  Span span;
};

// `table 0 steps 0.1x, 1000 steps 1x`
struct Table {
  std::vector<std::pair<Value, Value>> entries;  // position, level; at least one
  Span span;
};

using Part = std::variant<Phase, Value, Table>;

// `sample end late 1 step`, `past end mirror`, `held each epoch`, `like hf 2`, …
struct Convention {
  enum class Kind : std::uint8_t { sample, past, held, like, extend, rewarm, blend };
  Kind kind = Kind::sample;
  Word word;                  // `start`, `hold`, the dialect
  std::vector<Value> values;  // of `late`, `held each`, the edition; else in the order written
  Span span;
};

struct Schedule {
  std::vector<Part> parts;  // joined by `then`; at least one
  std::vector<Convention> conventions;
  Span span;
};

// `growing to 2048 samples at 20B tokens`, or `over 4B tokens in steps of 16 samples`.
struct Growth {
  Value to;
  Value when;
  std::optional<Value> steps_of;  // none: one jump at `when`
  Span span;
};

struct Rate {
  Value of;  // `1 epoch`
  Value amount;
  std::vector<Growth> growth;
  Span span;
};

struct Batch {
  Value amount;
  Word per;
  std::vector<Growth> growth;
  Span span;
};

struct Peak {
  std::optional<Word> output;  // none: lr
  Value value;
  Span span;
};

struct Parameter {
  Word name;
  Word type;
  std::optional<Value> value;  // none: every run must choose one
  std::optional<std::pair<Value, Value>> range;
  Span span;
};

struct Let {
  Word name;
  Value value;
  Span span;
};

struct Clamp {
  Word output;
  Value low, high;
  Span span;
};

struct Output {
  Word name;
  Schedule schedule;
};

struct Factor {
  Word output;
  Value by;
  Span span;
};

// `frozen`, `frozen for 2 epochs`, `frozen until 10%`
struct Frozen {
  enum class Kind : std::uint8_t { always, for_, until };
  Kind kind = Kind::always;
  std::optional<Value> length;
  Span span;
};

struct Group {
  Word name;
  std::vector<Word> patterns;
  std::optional<Value> of;  // how many numbers the capture stands for
  std::vector<Output> outputs;
  std::vector<Factor> factors;
  std::vector<Clamp> clamps;
  std::vector<Frozen> frozen;
  Span span;
};

struct Run {
  Value length;
  Span span;
};

// `scale lr sqrt with batch from 256 samples`
struct Scale {
  Word output;
  Word how;
  Value from;
  Span span;
};

struct Mark {
  Word name;
  Value at;
  Span span;
};

struct Claim {
  enum class Kind : std::uint8_t { above, below, continuous, rises, falls, reaches, ends };
  Kind kind = Kind::above;
  Word output;
  std::optional<Value> value;  // the bound or the level
  std::optional<Value> after, until;
  Span span;
};

// `plateau of val_loss falling for 5 evals`, `spike of …`, `nonfinite loss`, `threshold of …`
struct Trigger {
  enum class Kind : std::uint8_t { plateau, spike, nonfinite, threshold };
  Kind kind = Kind::plateau;
  std::vector<Word> metrics;       // one, but for nonfinite
  bool upwards = false;            // rising; above
  std::optional<Value> count;      // of a plateau: evaluations
  std::optional<Value> times;      // of a spike: times its mean
  std::optional<Value> over;       // of a spike: the window
  std::optional<Value> threshold;  // of a threshold
  Span span;
};

struct Condition {
  enum class Kind : std::uint8_t { relative, absolute, cooldown, after, counting };
  Kind kind = Kind::relative;
  std::optional<Value> value;
  Span span;
};

struct Limit {
  enum class Kind : std::uint8_t { not_below, at_most, ignoring };
  Kind kind = Kind::not_below;
  Value value;
  Span span;
};

struct Reaction {
  Word output;
  Value by;
  std::optional<Value> duration;
  std::vector<Limit> limits;
  Span span;
};

struct Rule {
  Trigger trigger;
  std::vector<Condition> conditions;
  std::vector<Reaction> reactions;
  std::vector<Word> signals;
  Span span;
};

struct Policy {
  Word name;
  Value version;
  std::vector<Word> owners;
  std::vector<Run> runs;
  std::vector<Run> stops;
  std::vector<Batch> batches;
  std::vector<Rate> rates;
  std::vector<Peak> peaks;
  std::vector<Parameter> parameters;
  std::vector<Let> lets;
  std::vector<Output> outputs;
  std::vector<Group> groups;
  std::vector<Clamp> clamps;
  std::vector<Scale> scales;
  std::vector<Convention> conventions;
  std::vector<Mark> marks;
  std::vector<Claim> claims;
  std::vector<Word> metrics;
  std::vector<Rule> rules;
  Span span;
};

struct Curve {
  Word name;
  std::vector<Word> parameters;  // the first is the progress u
  Value formula;
  Span span;
};

// One argument of a definition: `decay: duration = 20%`
struct Formal {
  Word name;
  Word type;
  std::optional<Value> value;  // its default
};

struct Definition {
  Word name;
  std::vector<Formal> formals;
  Schedule schedule;
  Span span;
};

struct Expectation {
  Word output;
  std::optional<Word> group;
  bool at_step = false;  // `at step N` is what update N uses; otherwise the curve at a position
  Value at;
  Value is;
  std::optional<Value> within;
  Span span;
};

struct Setting {
  Word name;
  Value value;
};

struct Test {
  Word title;
  Word policy;
  std::vector<Run> runs;
  std::vector<Value> batches;
  std::vector<Peak> peaks;
  std::vector<Rate> rates;
  std::vector<Setting> settings;  // of parameters
  std::vector<Expectation> expectations;
  Span span;
};

// One source: definitions, policies and tests, or one sentence.
struct File {
  std::vector<Word> uses;
  std::vector<Let> lets;
  std::vector<Curve> curves;
  std::vector<Definition> definitions;
  std::vector<Policy> policies;
  std::vector<Test> tests;
  std::optional<Schedule> sentence;
};

}  // namespace lrc::ast
