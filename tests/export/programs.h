#pragma once
// Bound programs that exported C is tested with.

#include <filesystem>
#include <string>
#include <vector>

#include "runtime/host/program.h"

namespace lrc::test {

struct NamedProgram {
  std::string origin;  // a file, or how it was made up
  runtime::Program program;
};

// Every golden of tests/accept and every policy of examples/policies, with the facts beside it, or
// those of a run of 1000 steps with peak 1; outside any group and in each group alone.
[[nodiscard]] std::vector<NamedProgram> golden_programs(const std::filesystem::path& root);

// Random bound programs, which together use every operation in every width.
[[nodiscard]] std::vector<NamedProgram> random_programs(std::size_t count);

}  // namespace lrc::test
