#pragma once
// A bound program for people to read. Nothing reads it back.

#include <string>

#include "runtime/host/program.h"

namespace lrc::compile {

[[nodiscard]] std::string listing(const runtime::Program& program);

}  // namespace lrc::compile
