#pragma once
// Tree and library → policy. Names, units and rates end here: what comes out cannot be wrong.

#include <map>
#include <optional>
#include <string>

#include "compiler/check/library.h"
#include "compiler/diagnostics/issue.h"
#include "compiler/policy/policy.h"
#include "compiler/syntax/ast.h"

namespace lrc::check {

struct Named;

struct Checked {
  std::optional<policy::Policy> policy;  // present exactly when no issue is an error
  diagnostics::Issues issues;
};
[[nodiscard]] Checked check(const ast::File& file, const Library& library,
                            const source::SourcePtr& source);

// A value that a policy or a flag states for a fact of the given kind. `names` are the quantities
// of the policy.
[[nodiscard]] std::optional<exact::Length> check_run(
    const ast::Value& value, diagnostics::Issues& issues,
    const std::map<std::string, Named>* names = nullptr);
[[nodiscard]] std::optional<exact::Rate> check_batch(
    const ast::Value& value, diagnostics::Issues& issues,
    const std::map<std::string, Named>* names = nullptr);
[[nodiscard]] std::optional<exact::Rate> check_rate(
    const ast::Rate& rate, diagnostics::Issues& issues,
    const std::map<std::string, Named>* names = nullptr);
[[nodiscard]] std::optional<exact::Number> check_peak(
    const ast::Value& value, diagnostics::Issues& issues,
    const std::map<std::string, Named>* names = nullptr);
// The value of a parameter of the given type, as its declaration or `--set` writes it.
[[nodiscard]] std::optional<exact::Rational> check_parameter(
    const ast::Value& value, exact::ParameterType type, diagnostics::Issues& issues,
    const std::map<std::string, Named>* names = nullptr);

}  // namespace lrc::check
