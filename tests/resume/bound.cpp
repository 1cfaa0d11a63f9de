#include "tests/resume/bound.h"

#include "compiler/diagnostics/render.h"

namespace lrc::test {
namespace {

std::string rendered(const diagnostics::Issues& issues) {
  return diagnostics::render_human(issues, diagnostics::Color::never);
}

}  // namespace

tl::expected<runtime::Schedule, std::string> bound(source::SourcePtr source,
                                                   const compile::FactTexts& facts) {
  const compile::Compilation compilation = compile::compile(std::move(source));
  if (!compilation.policy) return tl::unexpected(rendered(compilation.issues));
  std::vector<runtime::GroupSet> sets = {{}};
  for (std::uint32_t group = 0; group < compilation.policy->policy.groups.size(); ++group)
    sets.push_back({group});
  auto binding = compile::bind(*compilation.policy, facts, {}, std::move(sets));
  if (!binding.bound) return tl::unexpected(rendered(binding.issues));
  return runtime::Schedule(std::move(binding.bound->program), nullptr,
                           compilation.policy->canonical);
}

}  // namespace lrc::test
