#pragma once
// The pipeline as one readable function: text → checked policy → canonical IR → hash; then, with
// the facts of a run, → bound program. Used by the command line, the tests and whoever embeds lrc.

#include <optional>
#include <string>
#include <vector>

#include "compiler/bind/bind.h"
#include "compiler/compile/facts.h"
#include "compiler/diagnostics/issue.h"
#include "compiler/ir/program.h"
#include "compiler/policy/policy.h"
#include "compiler/source/source.h"
#include "runtime/host/schedule.h"

namespace lrc::compile {

struct CompiledPolicy {
  policy::Policy policy;
  ir::Program program;
  std::vector<source::Span> origins;  // of ir::Phase::origin
  std::string canonical;
  std::string hash;  // lrc1:…

  [[nodiscard]] std::vector<std::string> outputs() const;  // in the author's order
};

struct Compilation {
  source::SourcePtr source;  // the places in the rest refer to it, and to the modules it uses
  std::vector<source::SourcePtr> modules;
  std::optional<CompiledPolicy> policy;
  diagnostics::Issues issues;
};
// Reads the modules that a policy from a file uses, from its own folder and below.
[[nodiscard]] Compilation compile(source::SourcePtr source);

// What a run must bring, in the words of `check`: `run`, `peak`, `1 epoch = …`, `param floor`.
[[nodiscard]] std::vector<std::string> needs(const CompiledPolicy& policy);
// What `needs` says of a parameter.
[[nodiscard]] std::string need_of(const std::string& parameter);

struct Binding {
  std::vector<source::SourcePtr> sources;  // of the facts' texts
  std::optional<bind::Bound> bound;
  diagnostics::Issues issues;
};
// All outputs when `outputs` is empty.
[[nodiscard]] Binding bind(const CompiledPolicy& policy, const FactTexts& texts,
                           std::vector<std::string> outputs = {},
                           std::vector<runtime::GroupSet> group_sets = {{}});

// The same with facts that are values already. Missing facts are issues that underline the
// quantity. At rest the rules are left out.
enum class Rules { acting, at_rest };
[[nodiscard]] Binding bind_values(const CompiledPolicy& policy, const bind::Facts& facts,
                                  std::vector<std::string> outputs = {},
                                  std::vector<runtime::GroupSet> group_sets = {{}},
                                  Rules rules = Rules::acting);

// The bound program as native code, by LLVM, which is opened on first use. The code lives as long
// as the process. The error says why there is no JIT here.
[[nodiscard]] tl::expected<runtime::CompiledFunction, std::string> jit(
    const runtime::Program& program);

// A program beyond the JIT's limit (E0911), where there is a JIT.
[[nodiscard]] bool too_large_for_jit(const runtime::Program& program);

}  // namespace lrc::compile
