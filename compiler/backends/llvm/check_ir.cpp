#include "compiler/backends/llvm/check_ir.h"

#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/IntrinsicsNVPTX.h>
#include <llvm/IR/Operator.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/raw_ostream.h>

#include <algorithm>
#include <iterator>
#include <optional>

namespace lrc::backends::llvm {
namespace {

namespace Intrinsic = ::llvm::Intrinsic;

using ::llvm::CallBase;
using ::llvm::Instruction;

// Everything else is refused: a list of what is wrong would miss what the next LLVM adds. These
// are exact on integers or bits, move memory, let threads of a GPU meet, or say which one runs; the
// square root is correctly rounded.
constexpr Intrinsic::ID exact_intrinsics[] = {
    Intrinsic::sqrt,
    Intrinsic::fabs,
    Intrinsic::copysign,
    Intrinsic::smin,
    Intrinsic::smax,
    Intrinsic::umin,
    Intrinsic::umax,
    Intrinsic::abs,
    Intrinsic::ctlz,
    Intrinsic::cttz,
    Intrinsic::fshl,
    Intrinsic::fshr,
    Intrinsic::ucmp,
    Intrinsic::scmp,
    Intrinsic::assume,
    Intrinsic::lifetime_start,
    Intrinsic::ctpop,
    Intrinsic::lifetime_end,
    Intrinsic::usub_sat,
    Intrinsic::uadd_sat,
    Intrinsic::masked_gather,
    Intrinsic::masked_scatter,
    Intrinsic::masked_store,
    Intrinsic::masked_load,
    Intrinsic::nvvm_barrier0,
    Intrinsic::nvvm_membar_sys,
    Intrinsic::nvvm_read_ptx_sreg_tid_x,
    Intrinsic::nvvm_read_ptx_sreg_ntid_x,
    Intrinsic::nvvm_read_ptx_sreg_ctaid_x,
};

std::string shown(const Instruction& instruction) {
  std::string text;
  ::llvm::raw_string_ostream stream(text);
  instruction.print(stream);
  return text;
}

std::optional<std::string> problem_of_call(const CallBase& call) {
  const Function* function = call.getCalledFunction();
  if (function == nullptr) return "a call through a pointer or of assembly";
  const auto intrinsic = function->getIntrinsicID();
  if (intrinsic != Intrinsic::not_intrinsic) {
    if (std::ranges::find(exact_intrinsics, intrinsic) != std::end(exact_intrinsics)) return {};
    return "an intrinsic whose bits are not defined by lrc1";
  }
  if (function->isDeclaration()) return "a call that leaves the module";
  return {};
}

std::optional<std::string> problem_of(const Instruction& instruction) {
  if (::llvm::isa<::llvm::FPMathOperator>(instruction) && instruction.getFastMathFlags().any()) {
    return "a fast-math flag";
  }
  if (const auto* call = ::llvm::dyn_cast<CallBase>(&instruction)) return problem_of_call(*call);
  return {};
}

}  // namespace

tl::expected<void, std::string> check_ir(const Module& module) {
  std::string text;
  ::llvm::raw_string_ostream stream(text);
  if (::llvm::verifyModule(module, &stream)) return tl::make_unexpected(text);
  for (const Function& function : module) {
    for (const Instruction& instruction : ::llvm::instructions(function)) {
      const auto problem = problem_of(instruction);
      if (!problem) continue;
      return tl::make_unexpected(*problem + " in " + function.getName().str() + ":" +
                                 shown(instruction));
    }
  }
  return {};
}

}  // namespace lrc::backends::llvm
