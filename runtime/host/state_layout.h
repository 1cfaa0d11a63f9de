#pragma once
// What runtime::State holds for a program: states of equal layouts fit each other's programs in
// form. Whether one may go on from the other is decided by the hashes.

#include <string>

#include "runtime/host/program.h"

namespace lrc::runtime {

// One line each, in the program's order: `metric NAME`, `rule TRIGGER OBSERVATIONS` (that its
// window holds at most), `reaction`. No text where there are no rules.
[[nodiscard]] std::string state_layout(const Program& program);

// SHA-256 of that text, in hex.
[[nodiscard]] std::string layout_hash(const Program& program);

}  // namespace lrc::runtime
