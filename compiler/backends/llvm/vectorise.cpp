#include "compiler/backends/llvm/vectorise.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/Analysis/AliasAnalysis.h>
#include <llvm/Analysis/AssumptionCache.h>
#include <llvm/Analysis/BasicAliasAnalysis.h>
#include <llvm/Analysis/BlockFrequencyInfo.h>
#include <llvm/Analysis/BranchProbabilityInfo.h>
#include <llvm/Analysis/DemandedBits.h>
#include <llvm/Analysis/LoopAccessAnalysis.h>
#include <llvm/Analysis/LoopAnalysisManager.h>
#include <llvm/Analysis/LoopInfo.h>
#include <llvm/Analysis/OptimizationRemarkEmitter.h>
#include <llvm/Analysis/PostDominators.h>
#include <llvm/Analysis/ProfileSummaryInfo.h>
#include <llvm/Analysis/ScalarEvolution.h>
#include <llvm/Analysis/TargetLibraryInfo.h>
#include <llvm/Analysis/TargetTransformInfo.h>
#include <llvm/IR/Dominators.h>
#include <llvm/IR/PassInstrumentation.h>
#include <llvm/IR/PassManager.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/Transforms/Scalar/EarlyCSE.h>
#include <llvm/Transforms/Scalar/SimplifyCFG.h>
#include <llvm/Transforms/Vectorize/LoopVectorize.h>

#include "compiler/backends/llvm/check_ir.h"

namespace lrc::backends::llvm {
namespace {

constexpr const char* mark = "lrc-vectors";

// What the passes ask for, and nothing else: PassBuilder would link all passes that LLVM has.
class Analyses {
 public:
  explicit Analyses(const ::llvm::TargetMachine& machine) {
    functions.registerPass([&] { return machine.getTargetIRAnalysis(); });
    functions.registerPass([] {
      ::llvm::AAManager aliases;
      aliases.registerFunctionAnalysis<::llvm::BasicAA>();
      return aliases;
    });
    add<::llvm::AssumptionAnalysis, ::llvm::BasicAA, ::llvm::BlockFrequencyAnalysis,
        ::llvm::BranchProbabilityAnalysis, ::llvm::DemandedBitsAnalysis,
        ::llvm::DominatorTreeAnalysis, ::llvm::LoopAccessAnalysis, ::llvm::LoopAnalysis,
        ::llvm::OptimizationRemarkEmitterAnalysis, ::llvm::PassInstrumentationAnalysis,
        ::llvm::PostDominatorTreeAnalysis, ::llvm::ScalarEvolutionAnalysis,
        ::llvm::ShouldRunExtraVectorPasses, ::llvm::TargetLibraryAnalysis>();
    functions.registerPass([&] { return ::llvm::LoopAnalysisManagerFunctionProxy(loops_); });
    functions.registerPass([&] { return ::llvm::ModuleAnalysisManagerFunctionProxy(modules_); });
    modules_.registerPass([] { return ::llvm::ProfileSummaryAnalysis(); });
    modules_.registerPass([] { return ::llvm::PassInstrumentationAnalysis(); });
    modules_.registerPass([&] { return ::llvm::FunctionAnalysisManagerModuleProxy(functions); });
    loops_.registerPass([] { return ::llvm::PassInstrumentationAnalysis(); });
  }

 private:
  template <typename... Analysis>
  void add() {
    (functions.registerPass([] { return Analysis(); }), ...);
  }

  ::llvm::LoopAnalysisManager loops_;
  ::llvm::ModuleAnalysisManager modules_;

 public:
  ::llvm::FunctionAnalysisManager functions;
};

bool is_marked(const Function& function) { return function.hasFnAttribute(mark); }

}  // namespace

// Long chains of operations on each value: the widest vectors leave the most of them under way.
void mark_for_vectors(Function& function) {
  function.addFnAttr(mark);
  function.addFnAttr("prefer-vector-width", "512");
}

bool has_marked(const Module& module) { return ::llvm::any_of(module, is_marked); }

tl::expected<void, std::string> vectorise(Module& module, ::llvm::TargetMachine& machine) {
  ::llvm::FunctionPassManager passes;
  passes.addPass(::llvm::SimplifyCFGPass());
  passes.addPass(::llvm::EarlyCSEPass());
  passes.addPass(::llvm::LoopVectorizePass());
  passes.addPass(::llvm::EarlyCSEPass());
  passes.addPass(::llvm::SimplifyCFGPass());
  Analyses analyses(machine);
  for (Function& function : module) {
    if (is_marked(function)) passes.run(function, analyses.functions);
  }
  return check_ir(module);
}

}  // namespace lrc::backends::llvm
