#include "compiler/compile/compile.h"

#include <utility>

#include "compiler/check/check.h"
#include "compiler/compile/branch.h"
#include "compiler/compile/marks.h"
#include "compiler/compile/missing.h"
#include "compiler/compile/modules.h"
#include "compiler/compile/phase_names.h"
#include "compiler/compile/placing.h"
#include "compiler/compile/read_facts.h"
#include "compiler/ir/canonical.h"
#include "compiler/lower/lower.h"
#include "compiler/syntax/parse.h"
#include "runtime/arithmetic/environment.h"

namespace lrc::compile {

std::vector<std::string> CompiledPolicy::outputs() const {
  std::vector<std::string> names;
  for (const policy::Output& output : policy.outputs) names.push_back(output.name);
  return names;
}

// Literals become reals and shapes are tried out here: a caller that flushes subnormal numbers
// would get another hash.
Compilation compile(source::SourcePtr source) {
  const runtime::ArithmeticEnvironment environment;
  return compile_branch(std::move(source), 0);
}

Compilation compile_branch(source::SourcePtr source, std::size_t depth) {
  Compilation compilation{std::move(source), {}, std::nullopt, {}};
  auto parsed = syntax::parse(*compilation.source);
  compilation.issues = std::move(parsed.issues);
  if (diagnostics::has_errors(compilation.issues)) return compilation;

  Modules modules = load_modules(parsed.tree, *compilation.source);
  compilation.modules = std::move(modules.sources);
  compilation.issues = std::move(modules.issues);
  if (diagnostics::has_errors(compilation.issues)) return compilation;

  modules.library.find_levels(levels_of(*compilation.source, depth));
  auto checked = check::check(parsed.tree, modules.library, compilation.source);
  compilation.issues = std::move(checked.issues);
  if (!checked.policy) {
    // What must be mended is said first: a warning about the rest may wait.
    const diagnostics::Issues found = std::exchange(compilation.issues, {});
    for (const bool errors : {true, false}) {
      for (const diagnostics::Issue& issue : found) {
        if (diagnostics::has_errors({issue}) == errors) compilation.issues.push_back(issue);
      }
    }
    return compilation;
  }

  auto lowered = lower::lower(*checked.policy);
  std::string canonical = ir::print(lowered.program);
  std::string hash = ir::hash(canonical);
  compilation.policy =
      CompiledPolicy{std::move(*checked.policy), std::move(lowered.program),
                     std::move(lowered.origins), std::move(canonical), std::move(hash)};
  // Phases that do not fit are an author's mistake, too.
  for (diagnostics::Issue& issue : misfits(*compilation.policy))
    compilation.issues.push_back(std::move(issue));
  for (diagnostics::Issue& issue : misplaced_marks(*compilation.policy, {}))
    compilation.issues.push_back(std::move(issue));
  if (diagnostics::has_errors(compilation.issues)) compilation.policy.reset();
  return compilation;
}

Binding bind_values(const CompiledPolicy& policy, const bind::Facts& facts,
                    std::vector<std::string> outputs, std::vector<runtime::GroupSet> group_sets,
                    Rules rules) {
  Binding binding;
  if (outputs.empty()) outputs = policy.outputs();
  binding.issues =
      missing_facts(policy, facts, bind::with_uses(policy.program, outputs), group_sets);
  if (!binding.issues.empty()) return binding;
  auto bound = bind::bind(policy.program, facts,
                          {policy.policy.name, policy.policy.version, policy.hash, outputs,
                           std::move(group_sets), rules == Rules::at_rest});
  if (bound) {
    binding.bound = std::move(*bound);
    binding.bound->program.phases = phase_names(policy, *binding.bound);
  } else {
    binding.issues.push_back(as_issue(policy, bound.error()));
  }
  return binding;
}

Binding bind(const CompiledPolicy& policy, const FactTexts& texts, std::vector<std::string> outputs,
             std::vector<runtime::GroupSet> group_sets) {
  const runtime::ArithmeticEnvironment environment;
  FactReading reading = read_facts(policy, texts);
  Binding binding;
  if (reading.issues.empty())
    binding = bind_values(policy, reading.facts, std::move(outputs), std::move(group_sets));
  else
    binding.issues = std::move(reading.issues);
  binding.sources = std::move(reading.sources);
  return binding;
}

}  // namespace lrc::compile
