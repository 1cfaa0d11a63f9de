#pragma once
// Bound programs as files: what other programs link, load or read.
//
// All forms export, for a name NAME:
//
//   void NAME_values(int64_t step, double *values, const double *factors);
//       the value of every slot that update `step` (0 <= step) uses, one after the other;
//       `factors` are what the rules make of each reaction, null where the policy has none
//   double NAME_OUTPUT(int64_t step);
//       an output outside any group, rules at rest; for each output
//   extern const char NAME_hash[];
//       the hash of the policy with its facts (lrc1:…), closed by a zero
//
// They compute in the floating-point environment they are called in, which must be that of
// runtime/arithmetic/environment.h. On a GPU the functions are device functions, and there are
// beside them:
//
//   double NAME_eval(int64_t step, uint32_t slot, const double *factors);
//       the value of one slot, one of the program's
//   double NAME_reaction(uint32_t reaction, int64_t step, const double *factors);
//       runtime::Reaction::value of one whose `ignored` is not below 0
//
// and the kernels
//
//   NAME_table(const int64_t *steps, int64_t count, double *values, const double *factors)
//       one thread a step: values[thread*slots + slot]
//   NAME_update(cuda::Block *block, uint32_t evaluate)
//       what runtime/cuda/device/update.h does to a block that was laid out for the program: by one
//       thread block. How many threads it may have is for the driver to say, because the program's
//       formulas decide how many registers a thread needs; any number will do
//
// The target `nvptx-on-x86-64` is the code of a GPU as an object for this machine, for tests:
// NAME_update is a function there, whose caller is the only thread, and NAME_table is missing.
//
// The functions here may be called from several threads.

#include <cstdint>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "compiler/backends/llvm/level.h"
#include "runtime/host/program.h"

namespace lrc::backends::llvm {

enum class Form : std::uint8_t {
  llvm,      // LLVM's textual IR
  assembly,  // of the target; for a GPU: PTX
  object,    // ELF
  shared,    // ELF, linked; needs nothing else
  image      // see image.h; exports nothing
};

struct EmitRequest {
  Form form = Form::object;
  std::string target = {};  // one of emit_targets(); empty: this machine's
  std::string name = "lrc_policy";
  Level level = Level::optimised;
};

// The bytes are the same wherever and whenever the same program is compiled. The error says what
// is missing, too large or does not go together, for a person.
[[nodiscard]] tl::expected<std::string, std::string> emit(const runtime::Program& program,
                                                          const EmitRequest& request);

// The names of the targets. Empty where the library that emits is not available.
[[nodiscard]] std::vector<std::string> emit_targets();

}  // namespace lrc::backends::llvm
