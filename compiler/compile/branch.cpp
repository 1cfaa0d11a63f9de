#include "compiler/compile/branch.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "compiler/source/limits.h"
#include "compiler/source/read.h"

namespace lrc::compile {
namespace {

template <class Value>
using Found = tl::expected<Value, std::string>;

class Policies {
 public:
  Policies(const source::Source& policy, std::size_t depth) : policy_(policy), depth_(depth) {}

  Found<exact::Rational> level(const std::string& name, const std::string& output,
                               std::int64_t step) {
    const auto policy = compiled(name);
    if (!policy) return tl::unexpected(policy.error());
    const auto outputs = (*policy)->outputs();
    if (std::find(outputs.begin(), outputs.end(), output) == outputs.end())
      return tl::unexpected(fmt::format("`{}` has no output `{}`", name, output));
    const Binding binding = bind_values(**policy, {}, {output}, {{}}, Rules::at_rest);
    if (!binding.bound)
      return tl::unexpected(fmt::format("`{}` does not say all that its values depend on: {}", name,
                                        binding.issues.front().message));
    const runtime::Program& program = binding.bound->program;
    if (step >= program.end)
      return tl::unexpected(
          fmt::format("`{}` has no value behind update {}", name, program.end - 1));
    double value = 0;
    runtime::Schedule(program).evaluate(step, {&value, 1});
    return exact::from_double(value);
  }

 private:
  Found<const CompiledPolicy*> compiled(const std::string& name) {
    if (depth_ >= source::maximum_branches) {
      return tl::unexpected(
          fmt::format("more than {} policies start from one another", source::maximum_branches));
    }
    const auto known = compilations_.find(name);
    if (known == compilations_.end()) {
      auto read = source::read_module(policy_, name);
      if (!read) return tl::unexpected(read.error().reason);
      compilations_.emplace(name, compile_branch(std::move(*read), depth_ + 1));
    }
    const Compilation& found = compilations_.at(name);
    if (!found.policy) {
      return tl::unexpected(
          fmt::format("`{}` does not compile: {}", name, found.issues.front().message));
    }
    if (found.policy->policy.name != name) {
      return tl::unexpected(
          fmt::format("{} is not a policy of the name `{}`", found.source->name, name));
    }
    return &*found.policy;
  }

  const source::Source& policy_;
  std::size_t depth_;
  std::map<std::string, Compilation> compilations_;
};

}  // namespace

check::LevelOf levels_of(const source::Source& policy, std::size_t depth) {
  return [policies = std::make_shared<Policies>(policy, depth)](
             const std::string& name, const std::string& output, std::int64_t step) {
    return policies->level(name, output, step);
  };
}

}  // namespace lrc::compile
