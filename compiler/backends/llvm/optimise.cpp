#include "compiler/backends/llvm/optimise.h"

#include <llvm/IR/LegacyPassManager.h>
#include <llvm/Pass.h>
#include <llvm/Transforms/IPO/AlwaysInliner.h>
#include <llvm/Transforms/Scalar.h>

#include <initializer_list>

#include "compiler/backends/llvm/decide.h"

namespace lrc::backends::llvm {
namespace {

constexpr unsigned short_function = 64;  // instructions
constexpr unsigned most_copies = 16;
// Code generation takes time that grows faster than a function: above so many, each stays alone.
constexpr std::size_t most_functions = 64;

bool pays_inline(const Function& function) {
  if (function.isDeclaration() || !function.hasLocalLinkage()) return false;
  if (function.hasOneUse()) return true;
  return function.getInstructionCount() <= short_function &&
         !function.hasNUsesOrMore(most_copies + 1);
}

void run(Module& module, std::initializer_list<::llvm::Pass*> passes) {
  ::llvm::legacy::PassManager manager;
  for (::llvm::Pass* pass : passes) manager.add(pass);
  manager.run(module);
}

}  // namespace

void optimise(Module& module, Level level) {
  if (level == Level::quick) return remove_notes(module);
  note_function_ranges(module);
  const bool few = module.size() <= most_functions;
  for (Function& function : module) {
    if (few && pays_inline(function)) function.addFnAttr(::llvm::Attribute::AlwaysInline);
  }
  run(module, {::llvm::createAlwaysInlinerLegacyPass(false), ::llvm::createEarlyCSEPass()});
  decide_comparisons(module);
  run(module, {::llvm::createEarlyCSEPass()});
}

}  // namespace lrc::backends::llvm
