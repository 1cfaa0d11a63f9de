#pragma once
// Marks, claims and tests: what a policy says about itself. None of it is meaning, so nothing here
// adds to the needs of the policy.

#include "compiler/check/context.h"

namespace lrc::check {

// Into `policy`, whose outputs, groups and parameters are complete.
void check_marks(Context& context, const std::vector<ast::Mark>& marks, policy::Policy& policy);
void check_claims(Context& context, const std::vector<ast::Claim>& claims, policy::Policy& policy);
void check_tests(Context& context, const std::vector<ast::Test>& tests, policy::Policy& policy);

}  // namespace lrc::check
