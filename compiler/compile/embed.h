#pragma once
// Text to schedule, for programs that link the compiler beside the runtime.
//
//   auto policy = lrc::compile::Policy::from_file("pretrain.lrp");
//   auto parameters = lrc::runtime::assign_groups(policy->groups(), names);
//   auto schedule = policy->schedule({.run = "100K steps"}, parameters->group_sets);
//
// Errors are the rendered diagnostics, ready to be shown to a person.

#include <memory>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "compiler/compile/facts.h"
#include "compiler/source/source.h"
#include "runtime/host/schedule.h"

namespace lrc::compile {

struct Compilation;

// All give the same bits. `fastest` is the JIT, and the interpreter where there is no JIT or the
// program is too large for it; `jit` refuses there.
enum class Backend { interpreter, jit, fastest };

class Policy {
 public:
  [[nodiscard]] static tl::expected<Policy, std::string> from_text(const std::string& text);
  [[nodiscard]] static tl::expected<Policy, std::string> from_file(const std::string& path);

  [[nodiscard]] const std::string& hash() const;  // lrc1:…
  [[nodiscard]] std::vector<runtime::Group> groups() const;

  // Binds the policy to the facts of a run and compiles it for the given sets of groups.
  // The JIT's code lives as long as the process.
  [[nodiscard]] tl::expected<runtime::Schedule, std::string> schedule(
      const FactTexts& facts, std::vector<runtime::GroupSet> group_sets = {{}},
      Backend backend = Backend::fastest) const;

 private:
  explicit Policy(std::shared_ptr<const Compilation> compilation);
  [[nodiscard]] static tl::expected<Policy, std::string> from_source(source::SourcePtr source);
  std::shared_ptr<const Compilation> compilation_;
};

}  // namespace lrc::compile
