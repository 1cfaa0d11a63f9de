#include "bench/policy.h"

#include <stdexcept>

#include <fmt/format.h>

#include "compiler/source/source.h"

namespace lrc::bench {
namespace {

runtime::Program bound_for(const std::string& text, std::vector<runtime::GroupSet> sets) {
  const auto compilation = compile::compile(source::make_source("<text>", text));
  if (!compilation.policy) throw std::runtime_error("refused: " + compilation.issues.at(0).message);
  compile::FactTexts facts;
  facts.run = fmt::format("{} steps", run_steps);
  facts.peak = "3e-4";
  const auto binding = compile::bind(*compilation.policy, facts, {}, std::move(sets));
  if (!binding.bound) throw std::runtime_error("refused: " + binding.issues.at(0).message);
  return binding.bound->program;
}

}  // namespace

runtime::Program bound(const std::string& text) { return bound_for(text, {{}}); }

runtime::Program bound_in_groups(std::size_t outer, std::size_t inner) {
  std::string text = fmt::format("policy groups version 1 {{\n  lr = {}\n", warmup_cosine);
  const std::size_t kinds = inner > 1 ? outer + inner : outer;
  for (std::size_t k = 0; k < kinds; ++k)
    text += fmt::format("  group g{0} matches \"{0}\" {{ lr by 0.{1} }}\n", k, k + 101);
  std::vector<runtime::GroupSet> sets = {{}};
  for (std::size_t a = 0; a < outer; ++a) {
    for (std::size_t b = 0; b < inner; ++b) {
      sets.push_back({static_cast<std::uint32_t>(a)});
      if (inner > 1) sets.back().push_back(static_cast<std::uint32_t>(outer + b));
    }
  }
  return bound_for(text + "}\n", std::move(sets));
}

std::string phases_text(std::size_t phases) {
  constexpr const char* shapes[] = {"linear", "cosine", "polynomial power 2", "sqrt"};
  std::string text;
  for (std::size_t k = 0; k + 1 < phases; ++k) {
    text += fmt::format("{} to 0.{}x for {} steps\nthen ", shapes[k % std::size(shapes)],
                        1 + k * 7 % 9, 1 + k % 9);
  }
  return text + "hold";
}

runtime::CompiledFunction compiled(const runtime::Program& program) {
  const auto function = backends::llvm::compile(program);
  if (!function) throw std::runtime_error(function.error());
  return *function;
}

}  // namespace lrc::bench
