#pragma once
// What an exported program checks itself against: values of the interpreter.

#include <cstdint>
#include <vector>

#include "runtime/host/program.h"

namespace lrc::backends::c {

struct SelfTestRow {
  std::int64_t step;
  std::size_t slot;
  std::uint64_t bits;
};

// The first updates, boundaries of phases and their neighbours, some in between and the last one
// that can be counted; with what is needed so that every code which any of many updates reads is
// read.
[[nodiscard]] std::vector<SelfTestRow> self_test_rows(const runtime::Program& program);

}  // namespace lrc::backends::c
