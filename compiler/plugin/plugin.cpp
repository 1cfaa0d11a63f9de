// liblrc_compiler: the compiler as liblrc opens it.

#include <algorithm>
#include <cstring>
#include <exception>
#include <new>

#include "compiler/compile/artifact.h"
#include "compiler/compile/canonical.h"
#include "compiler/compile/compile.h"
#include "compiler/compile/emit.h"
#include "compiler/diagnostics/render.h"
#include "compiler/source/read.h"
#include "runtime/abi/compiler.h"

namespace lrc::plugin {
namespace {

using abi::refuse;
using abi::Result;

// The statuses are the exit codes of a command.
lrc_status status_of(const diagnostics::Issues& issues) {
  int worst = LRC_REFUSED;
  for (const diagnostics::Issue& issue : issues)
    worst = std::max(worst, diagnostics::facts(issue.code).exit);
  return static_cast<lrc_status>(worst);
}

tl::unexpected<abi::Refusal> refused(const diagnostics::Issues& issues) {
  return refuse(status_of(issues), diagnostics::render_human(issues, diagnostics::Color::never));
}

// Nothing thrown leaves the library.
template <class Call>
auto guarded(const Call& call) -> decltype(call()) {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    return refuse(LRC_LIMIT, "out of memory");
  } catch (const std::exception& error) {
    return refuse(LRC_BUG, std::string("a bug of lrc: ") + error.what());
  }
}

// The same where the error is only a text.
template <class Call>
auto told(const Call& call) -> decltype(call()) {
  try {
    return call();
  } catch (const std::exception& error) {
    return tl::unexpected(std::string(error.what()));
  }
}

abi::Description description_of(const compile::CompiledPolicy& policy) {
  abi::Description result{
      policy.policy.name,     policy.policy.version, policy.hash, policy.canonical,
      compile::needs(policy), policy.outputs(),      {}};
  for (const policy::Group& group : policy.policy.groups)
    result.groups.push_back({group.name, group.patterns});
  return result;
}

compile::FactTexts texts_of(const abi::FactTexts& facts) {
  return {facts.run, facts.peak, facts.batch, facts.rates, facts.parameters, {}};
}

class Policy final : public abi::CompiledPolicy {
 public:
  explicit Policy(compile::Compilation compilation)
      : compilation_(std::move(compilation)), description_(description_of(*compilation_.policy)) {}

  [[nodiscard]] const abi::Description& description() const override { return description_; }

  [[nodiscard]] Result<runtime::Program> bind(
      const abi::FactTexts& facts, std::vector<std::string> outputs,
      std::vector<runtime::GroupSet> group_sets) const override {
    return guarded([&]() -> Result<runtime::Program> {
      return program_of(compile::bind(*compilation_.policy, texts_of(facts), std::move(outputs),
                                      std::move(group_sets)));
    });
  }

  [[nodiscard]] Result<runtime::Program> bind_again(
      std::string_view facts, std::vector<std::string> outputs,
      std::vector<runtime::GroupSet> group_sets) const override {
    return guarded([&]() -> Result<runtime::Program> {
      auto binding = compile::bind_to_facts_text(*compilation_.policy, facts, std::move(outputs),
                                                 std::move(group_sets));
      if (!binding) return refuse(LRC_REFUSED, std::move(binding.error()));
      return program_of(std::move(*binding));
    });
  }

 private:
  static Result<runtime::Program> program_of(compile::Binding binding) {
    if (!binding.bound) return refused(binding.issues);
    return std::move(binding.bound->program);
  }

  compile::Compilation compilation_;
  abi::Description description_;
};

Result<abi::CompiledPolicyPtr> made(compile::Compilation compilation) {
  if (!compilation.policy) return refused(compilation.issues);
  return std::make_shared<const Policy>(std::move(compilation));
}

Result<abi::CompiledPolicyPtr> made(tl::expected<compile::Compilation, std::string> compilation) {
  if (!compilation)
    return refuse(LRC_REFUSED, "this is no canonical text of a policy: " + compilation.error());
  return made(std::move(*compilation));
}

class Compiler final : public abi::Compiler {
 public:
  [[nodiscard]] Result<abi::CompiledPolicyPtr> from_file(const std::string& path) const override {
    return guarded([&]() -> Result<abi::CompiledPolicyPtr> {
      auto source = source::read(path);
      if (!source)
        return refuse(LRC_ENVIRONMENT, source.error().path + ": " + source.error().reason);
      return made(compile::compile(std::move(*source)));
    });
  }

  [[nodiscard]] Result<abi::CompiledPolicyPtr> from_text(std::string text) const override {
    return guarded([&]() -> Result<abi::CompiledPolicyPtr> {
      return made(compile::compile(source::make_source("<text>", std::move(text))));
    });
  }

  [[nodiscard]] Result<abi::CompiledPolicyPtr> from_artifact(
      const runtime::Artifact& artifact) const override {
    return guarded([&]() -> Result<abi::CompiledPolicyPtr> {
      const auto facts = compile::facts_of(artifact);
      if (!facts) return refuse(LRC_REFUSED, facts.error());
      return made(compile::from_canonical(artifact.canonical(), facts->policy, facts->version,
                                          facts->outputs));
    });
  }

  [[nodiscard]] Result<abi::CompiledPolicyPtr> from_canonical(
      std::string_view canonical, std::string name, std::uint64_t version) const override {
    return guarded([&]() -> Result<abi::CompiledPolicyPtr> {
      return made(compile::from_canonical(canonical, std::move(name), version, {}));
    });
  }

  [[nodiscard]] tl::expected<runtime::CompiledFunction, std::string> native(
      const runtime::Program& program) const override {
    return told([&] { return compile::jit(program); });
  }

  [[nodiscard]] tl::expected<std::string, std::string> device_code(
      const runtime::Program& program, const std::string& target) const override {
    return told([&] {
      return compile::emit(program, {compile::CodeForm::ptx, target, compile::device_code_name});
    });
  }
};

}  // namespace
}  // namespace lrc::plugin

extern "C" [[gnu::visibility("default")]] const lrc::abi::Compiler* lrc_compiler(
    const char* build) {
  static const lrc::plugin::Compiler compiler;
  return std::strcmp(build, LRC_BUILD) == 0 ? &compiler : nullptr;
}
