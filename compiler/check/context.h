#pragma once
// What the families of rules share: where we are, and how a mistake is reported.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "compiler/check/library.h"
#include "compiler/diagnostics/issue.h"
#include "compiler/policy/policy.h"
#include "compiler/syntax/ast.h"

namespace lrc::check {

using diagnostics::Code;
using diagnostics::Fix;
using diagnostics::Issue;
using diagnostics::Issues;
using diagnostics::Label;
using source::Span;

// What a value turned out to be.
struct Quantity {
  enum class Type : std::uint8_t { number, level, length };
  Type type = Type::number;
  exact::Number amount;  // of a number, or of a share of the peak
  exact::Length length;  // a duration or a position
};

// What a name stands for beside the parameters of the policy: a `let`, an argument.
struct Named {
  std::variant<Quantity, policy::Shape> value;
  Span span;
};
using Names = std::map<std::string, Named>;

struct Context {
  Library& library;  // with the definitions of the policy's own source
  Issues& issues;
  std::map<std::string, const policy::Parameter*> parameters = {};
  bool parameters_visible = true;  // not inside a definition, which has its arguments only
  Names names = {};
  std::set<std::string> outputs = {};  // all that the policy schedules
  std::set<std::string> outputs_with_peak = {"lr"};
  std::set<std::string> peaks_missed = {};  // outputs of which it was reported that they have none
  std::vector<policy::Need>* needs = nullptr;
  std::size_t phases = 0;  // of the whole policy so far

  // Where we are.
  std::string output = "lr";  // the output whose schedule is checked
  bool in_repeat = false;
  bool at_start = true;                         // nothing hands a level to the next phase
  bool is_factor = false;                       // plain numbers, and the first phase starts at 1
  std::optional<policy::Reading> reading = {};  // what `sample …` says
  std::optional<policy::Past> past = {};        // what `past end …` says
  std::vector<Span> calls = {};             // of the definitions being expanded, outermost first
  std::optional<std::uint32_t> group = {};  // of the policy, whose items are checked

  // Inside a definition a place is that of the call which leads there.
  [[nodiscard]] Span located(Span span) const {
    const bool inside = !calls.empty() && span.source != calls.front().source;
    return inside ? calls.front() : span;
  }
  Issue& report(Code code, Span span, std::string message) {
    issues.push_back(Issue{code, span, std::move(message), "", {}, "", std::nullopt});
    return issues.back();
  }
  void need(policy::Need::Fact fact, Span span, exact::Unit unit = exact::Unit::steps) {
    if (needs != nullptr) needs->push_back({fact, output, unit, located(span), "", group});
  }
  void need_parameter(std::string name, Span span) {
    if (needs == nullptr) return;
    needs->push_back({policy::Need::Fact::parameter, output, exact::Unit::steps, located(span),
                      std::move(name), group});
  }
  // The parameter that a name stands for here, or null.
  [[nodiscard]] const policy::Parameter* parameter(const std::string& name) const {
    const auto found = parameters_visible ? parameters.find(name) : parameters.end();
    return found == parameters.end() ? nullptr : found->second;
  }
  // Whether `x` and the peak can be meant here.
  [[nodiscard]] bool has_peak() const { return !is_factor && outputs_with_peak.contains(output); }
};

// Sets a member of the context while it lives.
template <class Value>
class Scoped {
 public:
  Scoped(Value& place, Value value)
      : place_(place), before_(std::exchange(place, std::move(value))) {}
  ~Scoped() { place_ = std::move(before_); }
  Scoped(const Scoped&) = delete;
  Scoped& operator=(const Scoped&) = delete;

 private:
  Value& place_;
  Value before_;
};

// evaluate.cpp: what a value is, whatever is needed. Nothing: an issue was reported.
std::optional<Quantity> evaluate(Context& context, const ast::Value& value);
// The value that a schedule is; null where it has phases or conventions.
const ast::Value* as_value(const ast::Schedule& schedule);
// Whether a value has nothing in it that changes during a run.
bool is_constant(const Context& context, const ast::Value& value);

// quantities.cpp: a value where a level, a length, a plain number is needed. Nothing: an issue was
// reported.
std::optional<exact::Level> check_level(Context& context, const ast::Value& value);
std::optional<exact::Length> check_length(Context& context, const ast::Value& value);
std::optional<exact::Number> check_number(Context& context, const ast::Value& value,
                                          std::string_view of);
// A number that may be below zero.
std::optional<exact::Number> check_signed_number(Context& context, const ast::Value& value,
                                                 std::string_view of);
// A duration above zero.
std::optional<exact::Length> check_duration(Context& context, const ast::Value& value);

// Nothing is called so, and what may have been meant.
Issue& unknown_name(Context& context, const ast::Value& value);
void negative(Context& context, const ast::Value& value);
// A parameter whose default or range reaches where no value makes sense.
void may_be_too_small(Context& context, const ast::Value& value, std::string_view what);

// The smallest value of a number: of a parameter, the lower end of its range or its default.
// Nothing where a run may choose any, or it is computed.
std::optional<exact::Rational> smallest(const Context& context, const exact::Number& number);

// Whether a level is a literal zero.
bool is_zero(const exact::Level& level);

// Whether two literal levels can be told apart without a peak: both in x or neither. Zero is both.
bool comparable(const exact::Level& a, const exact::Level& b);

// phases.cpp, schedule.cpp, call.cpp
std::optional<policy::Phase> check_phase(Context& context, const ast::Phase& phase);
std::optional<policy::Schedule> check_schedule(Context& context, const ast::Schedule& schedule);
std::optional<policy::Schedule> check_value_schedule(Context& context, const ast::Value& value);
std::optional<policy::Schedule> check_call(Context& context, const ast::Value& call);
// Whether a word begins a phase (`warmup`, `hold`), shapes aside.
bool is_phase_word(std::string_view word);
// Where the name of a call stands.
Span name_of(const ast::Value& call);

// growth.cpp: the changes of a rate that grows, of which `of` stands on its left; what scales an
// output with the batch.
std::vector<policy::Jump> check_growth(Context& context, const exact::Rate& rate,
                                       const ast::Value& of,
                                       const std::vector<ast::Growth>& growth);
std::optional<policy::Scale> check_scale(Context& context, const ast::Scale& scale);

// stated.cpp: a policy's name, parameters, quantities and facts, into `policy` and the context.
void check_stated(Context& context, const ast::Policy& ast, policy::Policy& policy);
void declared_twice(Context& context, const ast::Word& word, Span other, std::string_view what);

// overlap.cpp: warns of groups that set one output for the same parameters.
void check_overlaps(Context& context, const policy::Policy& policy);

// shape.cpp: whether a curve is 0 at 0 and 1 at 1, as far as its arguments are known.
bool is_shape(const policy::Shape& shape);

// convention.cpp: what conventions say, resolved.
struct Conventions {
  std::optional<policy::Reading> reading;
  bool native_reading = false;  // of a dialect that reads as we do, whatever stands around it
  std::optional<policy::Past> past;
  std::optional<exact::Number> late;    // updates
  std::optional<exact::Length> period;  // held each
  std::optional<policy::Extension> extension;
  // From `at` on, over so long: from another schedule, or from 0.
  struct Blend {
    std::shared_ptr<const policy::Schedule> from;  // null: 0
    exact::Length over, at;
    Span span;
  };
  std::vector<Blend> blends;
};
std::optional<Conventions> check_conventions(Context& context,
                                             const std::vector<ast::Convention>& said);
// `held each`, `late` and blends around a schedule.
policy::Schedule shifted(Context& context, policy::Schedule schedule,
                         const Conventions& conventions);

// `6%`, `0.1x`, `30 epochs` as it was written.
std::string written(const ast::Value& value);

}  // namespace lrc::check
