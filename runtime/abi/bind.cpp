#include <algorithm>

#include "runtime/abi/open_compiler.h"
#include "runtime/abi/run.h"
#include "runtime/host/groups.h"

namespace lrc::abi {
namespace {

// Each group alone, where a trainer names no tensors.
std::vector<runtime::GroupSet> single_groups(std::size_t groups) {
  std::vector<runtime::GroupSet> sets = {{}};
  for (std::uint32_t group = 0; group < groups; ++group) sets.push_back({group});
  return sets;
}

Result<runtime::Assignment> assigned(const Description& description, const BindRequest& request) {
  if (request.names.empty())
    return runtime::Assignment{single_groups(description.groups.size()), {}};
  auto assignment = runtime::assign_groups(description.groups, request.names);
  if (!assignment) return refuse(LRC_REFUSED, std::move(assignment.error()));
  return std::move(*assignment);
}

std::string indented(std::string_view lines) {
  std::string text = "  ";
  for (const char letter : lines) {
    text += letter;
    if (letter == '\n') text += "  ";
  }
  text.erase(text.find_last_not_of(" \n") + 1);
  return text + "\n";
}

// An artifact that is bound already takes the same facts again and no others.
Result<runtime::Program> same_facts(Result<runtime::Program> program,
                                    const runtime::Program& before) {
  if (!program || program->identity.run_hash == before.identity.run_hash) return program;
  return refuse(LRC_REFUSED,
                "the artifact is bound to other facts already.\nIt is bound to:\n" +
                    indented(before.identity.facts) + "and these are given:\n" +
                    indented(program->identity.facts) +
                    "Give no facts, or load the policy's text, which is open to them.");
}

Result<BoundProgram> compiled_program(const Policy& policy, const BindRequest& request,
                                      const runtime::Assignment& assignment) {
  const auto compiled = policy.compiled();
  if (!compiled) return tl::unexpected(compiled.error());
  const auto* artifact = policy.artifact();
  const auto* before = artifact != nullptr && artifact->program() ? &*artifact->program() : nullptr;
  auto program =
      before != nullptr && request.facts.empty()
          ? (*compiled)->bind_again(before->identity.facts, before->outputs, assignment.group_sets)
          : (*compiled)->bind(request.facts, {}, assignment.group_sets);
  if (before != nullptr) program = same_facts(std::move(program), *before);
  if (!program) return tl::unexpected(program.error());
  BoundProgram bound{std::move(*program), (*compiled)->description().canonical};
  bound.group_of_name = assignment.of_parameter;
  if (request.backend == LRC_INTERPRETER) return bound;
  const auto function = (*open_compiler())->native(bound.program);
  if (!function && request.backend == LRC_NATIVE) return refuse(LRC_ENVIRONMENT, function.error());
  bound.function = function.value_or(nullptr);
  return bound;
}

// The artifact's own program and code, as they are.
Result<BoundProgram> carried_program(const runtime::Artifact& artifact, const BindRequest& request,
                                     std::vector<std::uint32_t> group_of_name) {
  BoundProgram bound{*artifact.program(), artifact.canonical()};
  bound.group_of_name = std::move(group_of_name);
  if (request.backend == LRC_INTERPRETER) return bound;
  auto code = artifact.native();
  if (!code && request.backend == LRC_NATIVE) return refuse(LRC_ENVIRONMENT, code.error());
  if (!code) return bound;
  bound.function = code->values();
  bound.code = std::move(*code);
  return bound;
}

Result<BoundProgram> bound_program(const Policy& policy, const BindRequest& request) {
  const auto description = policy.description();
  if (!description) return tl::unexpected(description.error());
  const auto assignment = assigned(**description, request);
  if (!assignment) return tl::unexpected(assignment.error());
  const auto* artifact = policy.artifact();
  if (artifact != nullptr && artifact->program() && request.facts.empty()) {
    auto sets = runtime::sets_in(*artifact->program(), *assignment);
    if (sets) return carried_program(*artifact, request, std::move(*sets));
  }
  return compiled_program(policy, request, *assignment);
}

}  // namespace

Result<BoundProgram> bind(std::shared_ptr<const Policy> policy, const BindRequest& request) {
  auto bound = bound_program(*policy, request);
  if (bound) bound->policy = std::move(policy);
  return bound;
}

}  // namespace lrc::abi
