#pragma once
// What the families of rules share: where we are, and how a mistake is reported.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

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

struct Context {
  const Library& library;
  Issues& issues;
  std::map<std::string, const policy::Parameter*> parameters;
  std::set<std::string> outputs_with_peak;
  std::vector<policy::Need>* needs = nullptr;
  std::size_t phases = 0;  // of the whole policy so far

  // Where we are.
  std::string output;  // the output whose schedule is checked
  bool in_repeat = false;
  bool at_start = true;                // nothing hands a level to the next phase
  std::optional<std::uint32_t> group;  // of the policy, whose items are checked

  Issue& report(Code code, Span span, std::string message) {
    issues.push_back(Issue{code, span, std::move(message), "", {}, "", std::nullopt});
    return issues.back();
  }
  void need(policy::Need::Fact fact, Span span, exact::Unit unit = exact::Unit::steps) {
    if (needs != nullptr) needs->push_back({fact, output, unit, span, "", group});
  }
  void need_parameter(std::string name, Span span) {
    if (needs == nullptr) return;
    needs->push_back(
        {policy::Need::Fact::parameter, output, exact::Unit::steps, span, std::move(name), group});
  }
};

// quantities.cpp: a value where a level, a length, a plain number is needed. Nothing: an issue was
// reported.
std::optional<exact::Level> check_level(Context& context, const ast::Value& value);
std::optional<exact::Length> check_length(Context& context, const ast::Value& value);
std::optional<exact::Number> check_number(Context& context, const ast::Value& value,
                                          std::string_view of);

// The smallest value of a number: of a parameter, the lower end of its range or its default.
// Nothing where a run may choose any.
std::optional<exact::Rational> smallest(const Context& context, const exact::Number& number);

// Whether a level is a literal zero.
bool is_zero(const exact::Level& level);

// Whether two literal levels can be told apart without a peak: both in x or neither. Zero is both.
bool comparable(const exact::Level& a, const exact::Level& b);

// phases.cpp, schedule.cpp
std::optional<policy::Phase> check_phase(Context& context, const ast::Phase& phase);
std::optional<policy::Schedule> check_schedule(Context& context, const ast::Schedule& schedule);

// `6%`, `0.1x`, `30 epochs` as it was written.
std::string written(const ast::Value& value);

}  // namespace lrc::check
