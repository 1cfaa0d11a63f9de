#pragma once
// Bound programs as C99 or CUDA C: one readable header that gives the interpreter's bits.
//
// The header needs nothing but <stdint.h> and a compiler with 128-bit integers (gcc, clang, nvcc),
// and is C99, C++17 or CUDA C++. Several of them, under different names, fit into one translation
// unit. Compile with -ffp-contract=off (what is fused has other bits); NAME_self_test(), called
// once, notices when something does not keep the rules of lrc1.

#include <string>

#include <tl/expected.hpp>

#include "runtime/host/program.h"

namespace lrc::backends::c {

// CUDA's functions run on host and device, and their operations cannot be fused.
enum class Language { c99, cuda };

struct Options {
  Language language = Language::c99;
  std::string name = {};     // begins every identifier; if empty, the policy's name, or lrc_policy
  std::string release = {};  // of lrc, for the comment at the top
};

// The published limit: how many numbers an update may have.
inline constexpr std::size_t maximum_slots = 10'000;

// The error says, for a person, what cannot be written: a name that is no identifier, or too many
// slots.
[[nodiscard]] tl::expected<std::string, std::string> export_c(const runtime::Program& program,
                                                              const Options& options);

}  // namespace lrc::backends::c
