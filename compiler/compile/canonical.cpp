#include "compiler/compile/canonical.h"

#include <algorithm>
#include <utility>

#include "compiler/bind/facts_text.h"
#include "compiler/ir/canonical.h"
#include "runtime/arithmetic/environment.h"

namespace lrc::compile {
namespace {

using policy::Need;
using source::Span;

std::vector<Need> needs_of(const ir::Inputs& inputs, Span whole) {
  using Fact = Need::Fact;
  std::vector<Need> needs;
  if (inputs.run) needs.push_back({Fact::run, "", {}, whole});
  for (const std::string& output : inputs.peaks) needs.push_back({Fact::peak, output, {}, whole});
  for (const exact::Unit unit : inputs.rates) needs.push_back({Fact::rate, "", unit, whole});
  for (const std::string& name : inputs.parameters)
    needs.push_back({Fact::parameter, "", {}, whole, name});
  return needs;
}

// What reading facts and binding ask of the checked policy.
policy::Policy policy_of(const ir::Program& program, std::string name, std::uint64_t version,
                         Span whole) {
  policy::Policy policy;
  policy.name = std::move(name);
  policy.version = version;
  policy.name_span = whole;
  if (program.run) policy.run = policy::Stated<exact::Length>{*program.run, whole};
  for (const exact::Rate& rate : program.rates) policy.rates.push_back({rate, whole});
  for (const ir::Peak& peak : program.peaks)
    policy.peaks.push_back({peak.output, peak.value, whole});
  for (const ir::Parameter& item : program.parameters)
    policy.parameters.push_back({item.name, item.type, item.value, item.range, whole});
  for (const ir::Output& output : program.outputs)
    policy.outputs.push_back({output.name, {}, std::nullopt, whole});
  for (const ir::Group& group : program.groups)
    policy.groups.push_back({group.name, group.patterns, {}, {}, {}, std::nullopt});
  policy.needs = needs_of(program.inputs, whole);
  return policy;
}

}  // namespace

tl::expected<Compilation, std::string> from_canonical(std::string_view text, std::string name,
                                                      std::uint64_t version,
                                                      const std::vector<std::string>& outputs) {
  const runtime::ArithmeticEnvironment environment;
  auto program = ir::read(text);
  if (!program) return tl::unexpected(program.error());
  Compilation compilation{
      source::make_source("<canonical text>", std::string(text)), {}, std::nullopt, {}};
  const auto end = static_cast<std::uint32_t>(text.find('\n'));
  const Span first_line{compilation.source.get(), 0, end};
  policy::Policy policy = policy_of(*program, std::move(name), version, first_line);
  std::ranges::sort(policy.outputs, {}, [&](const policy::Output& output) {
    return std::pair(std::ranges::find(outputs, output.name) - outputs.begin(), output.name);
  });
  compilation.policy = CompiledPolicy{
      std::move(policy), std::move(*program), {first_line}, std::string(text), ir::hash(text)};
  return compilation;
}

tl::expected<Binding, std::string> bind_to_facts_text(const CompiledPolicy& policy,
                                                      std::string_view facts,
                                                      std::vector<std::string> outputs,
                                                      std::vector<runtime::GroupSet> group_sets) {
  const runtime::ArithmeticEnvironment environment;
  const auto read = bind::read_facts_text(policy.program, facts);
  if (!read) return tl::unexpected(read.error());
  return bind_values(policy, *read, std::move(outputs), std::move(group_sets));
}

}  // namespace lrc::compile
