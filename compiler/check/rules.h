#pragma once
// `on` rules and the metrics they observe.

#include <functional>

#include "compiler/check/context.h"

namespace lrc::check {

// What rules may name. A policy that declares no metric takes any.
struct RuleNames {
  std::vector<std::string> metrics;
  std::function<bool(const ast::Word&)> known_output;  // false: it has said why
  std::vector<std::string> outputs;                    // of the policy
};

// Nothing: an issue was reported.
std::optional<policy::Rule> check_rule(Context& context, const ast::Rule& rule,
                                       const RuleNames& names);

}  // namespace lrc::check
