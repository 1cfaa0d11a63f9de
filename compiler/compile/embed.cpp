#include "compiler/compile/embed.h"

#include "compiler/compile/compile.h"
#include "compiler/diagnostics/render.h"
#include "compiler/source/read.h"

namespace lrc::compile {
namespace {

std::string rendered(const diagnostics::Issues& issues) {
  return diagnostics::render_human(issues, diagnostics::Color::never);
}

}  // namespace

Policy::Policy(std::shared_ptr<const Compilation> compilation)
    : compilation_(std::move(compilation)) {}

tl::expected<Policy, std::string> Policy::from_source(source::SourcePtr source) {
  auto compilation = std::make_shared<const Compilation>(compile(std::move(source)));
  if (!compilation->policy) return tl::unexpected(rendered(compilation->issues));
  return Policy(std::move(compilation));
}

tl::expected<Policy, std::string> Policy::from_text(const std::string& text) {
  return from_source(source::make_source("<text>", text));
}

tl::expected<Policy, std::string> Policy::from_file(const std::string& path) {
  auto source = source::read(path);
  if (!source) return tl::unexpected(source.error().path + ": " + source.error().reason);
  return from_source(std::move(*source));
}

const std::string& Policy::hash() const { return compilation_->policy->hash; }

std::vector<runtime::Group> Policy::groups() const {
  std::vector<runtime::Group> groups;
  for (const policy::Group& group : compilation_->policy->policy.groups)
    groups.push_back({group.name, group.patterns});
  return groups;
}

tl::expected<runtime::Schedule, std::string> Policy::schedule(
    const FactTexts& facts, std::vector<runtime::GroupSet> group_sets, Backend backend) const {
  Binding binding = bind(*compilation_->policy, facts, {}, std::move(group_sets));
  if (!binding.bound) return tl::unexpected(rendered(binding.issues));
  runtime::CompiledFunction compiled = nullptr;
  if (backend != Backend::interpreter) {
    const auto function = jit(binding.bound->program);
    if (!function && backend == Backend::jit) return tl::unexpected(function.error());
    compiled = function.value_or(nullptr);
  }
  return runtime::Schedule(std::move(binding.bound->program), compiled);
}

}  // namespace lrc::compile
