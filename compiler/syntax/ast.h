#pragma once
// What a person wrote, as a tree of plain values. Every node knows its place; nothing here knows
// whether it makes sense.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "compiler/exact/rational.h"
#include "compiler/source/source.h"

namespace lrc::ast {

using source::Span;

struct Word {
  std::string text;
  Span span;
};

// A number with what stands behind it, or a name.
struct Value {
  enum class Kind : std::uint8_t { plain, share, level, unit, name };
  Kind kind = Kind::plain;
  exact::Rational number;  // `6` for `6%`; unused for a name
  std::string word;        // the unit or the name
  Span span;
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
  power,
  timescale,
  between,
  reversed
};

struct Clause {
  ClauseKind kind;
  std::vector<Value> values;  // for `every epoch` and `per epoch` a value of kind unit, number 1
  Span span;
};

struct Schedule;

struct Phase {
  Word head;
  std::vector<Clause> clauses;
  std::shared_ptr<const Schedule> body;  // of `repeat`, or null
  Span span;
};

struct Argument {
  std::optional<Word> name;
  std::shared_ptr<const Schedule> value;
};

struct Call {
  Word name;
  std::vector<Argument> arguments;
  Span span;
};

using Part = std::variant<Phase, Call, Value>;

struct Schedule {
  std::vector<Part> parts;  // joined by `then`; at least one
  Span span;
};

struct Rate {
  Value of;  // `1 epoch`
  Value amount;
  Span span;
};

struct Batch {
  Value amount;
  Word per;
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

struct Group {
  Word name;
  std::vector<Word> patterns;
  std::vector<Output> outputs;
  std::vector<Factor> factors;
  std::vector<Clamp> clamps;
  Span span;
};

struct Run {
  Value length;
  Span span;
};

struct Policy {
  Word name;
  Value version;
  std::vector<Word> owners;
  std::vector<Run> runs;
  std::vector<Batch> batches;
  std::vector<Rate> rates;
  std::vector<Peak> peaks;
  std::vector<Parameter> parameters;
  std::vector<Output> outputs;
  std::vector<Group> groups;
  std::vector<Clamp> clamps;
  Span span;
};

struct Formula {
  enum class Kind : std::uint8_t { number, variable, call };
  Kind kind = Kind::number;
  exact::Rational number;
  std::string name;  // of the variable or the function; an operator is the function of its sign
  std::vector<Formula> arguments;
  Span span;
};

struct Curve {
  Word name;
  std::vector<Word> parameters;  // the first is the progress u
  Formula formula;
  Span span;
};

// One source: policies, or definitions, or one sentence.
struct File {
  std::vector<Policy> policies;
  std::vector<Curve> curves;
  std::optional<Schedule> sentence;
};

}  // namespace lrc::ast
