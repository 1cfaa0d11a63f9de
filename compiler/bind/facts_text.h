#pragma once
// The facts of a run as text, one a line, in one order: reals by their bits, counts and lengths
// exact. A part of what the run hash is taken of, and what a saved state carries.
//
//     run 100000 step
//     rate epoch 390 step
//     peak lr 3f33a92a30553261 0.0003
//     parameter floor 3ee4f8b588e368f1

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "compiler/bind/bind.h"
#include "compiler/bind/environment.h"

namespace lrc::bind {

// Those that the policy states and those of the run. `environment` is that of the two.
[[nodiscard]] std::string facts_text(const ir::Program& program, const Facts& facts,
                                     const Environment& environment);

// The facts that `program` does not state itself, so that binding to them gives the same text
// again. The error says which line is none.
[[nodiscard]] tl::expected<Facts, std::string> read_facts_text(const ir::Program& program,
                                                               std::string_view text);

}  // namespace lrc::bind
