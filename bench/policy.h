#pragma once
// The policy that all benchmarks use: text to bound program.

#include <cstdio>
#include <cstdlib>
#include <string>

#include "compiler/compile/compile.h"
#include "compiler/source/source.h"

namespace lrc::bench {

inline constexpr const char* warmup_cosine = "warmup 6% linear then cosine to 0.01x";

inline runtime::Program bound(const std::string& text) {
  const auto compilation = compile::compile(source::make_source("<text>", text));
  compile::FactTexts facts;
  facts.run = "100000 steps";
  facts.peak = "3e-4";
  if (compilation.policy) {
    const auto binding = compile::bind(*compilation.policy, facts);
    if (binding.bound) return binding.bound->program;
  }
  std::fprintf(stderr, "the policy of the benchmark is refused: %s\n", text.c_str());
  std::exit(1);
}

}  // namespace lrc::bench
