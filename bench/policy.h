#pragma once
// The policies of the benchmarks, bound.

#include <string>
#include <vector>

#include "compiler/backends/llvm/jit.h"
#include "compiler/compile/compile.h"

namespace lrc::bench {

inline constexpr const char* warmup_cosine = "warmup 6% linear then cosine to 0.01x";
inline constexpr std::int64_t run_steps = 100'000;

// For a run of run_steps updates to 3e-4. Throws with the reason of a refusal.
[[nodiscard]] runtime::Program bound(const std::string& text);

// The same schedule outside any group and in `outer * inner` sets of groups, each set with a factor
// of its own: one of `outer` groups and, where there is more than one, one of `inner` others.
[[nodiscard]] runtime::Program bound_in_groups(std::size_t outer, std::size_t inner);

// So many phases, none like the one before it.
[[nodiscard]] std::string phases_text(std::size_t phases);

// Throws with the reason where there is none.
[[nodiscard]] runtime::CompiledFunction compiled(const runtime::Program& program);

}  // namespace lrc::bench
