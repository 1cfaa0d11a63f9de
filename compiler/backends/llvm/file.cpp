#include "compiler/backends/llvm/file.h"

#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>

#include <algorithm>

#include "compiler/backends/llvm/image.h"
#include "compiler/backends/llvm/module.h"
#include "compiler/backends/llvm/program_lowering.h"
#include "compiler/backends/llvm/program_size.h"

namespace lrc::backends::llvm {
namespace {

using Text = tl::expected<std::string, std::string>;

constexpr const char* image_function = "values";

tl::unexpected<std::string> refused(std::string text) {
  return tl::make_unexpected(std::move(text));
}

tl::expected<const Target*, std::string> target_of(const EmitRequest& request) {
  if (request.target.empty()) return &host_target();
  if (const Target* target = find_target(request.target)) return target;
  std::string names;
  for (const Target& target : targets()) names += std::string(" ") + target.name;
  return refused("no target is called `" + request.target + "`; there are:" + names);
}

// Each output is a function of its own, beside those that every policy has; in an image none is.
tl::expected<void, std::string> check_names(const runtime::Program& program,
                                            const EmitRequest& request, Family family) {
  if (request.form == Form::image) return {};
  std::vector<std::string_view> taken = {"values", "hash", "table"};
  if (family == Family::nvptx) taken.insert(taken.end(), {"eval", "reaction", "update"});
  for (const std::string& output : program.outputs) {
    if (std::ranges::find(taken, output) == taken.end()) continue;
    return refused("an output is called `" + output + "`, and `" + request.name + "_" + output +
                   "` has another meaning in the code: give the output another name");
  }
  return {};
}

void lower(Module& module, const runtime::Program& program, const EmitRequest& request,
           Family family) {
  if (request.form == Form::image)
    lower_values(module, program, image_function);
  else
    lower_exports(module, program, request.name, family);
}

std::string printed(const Module& module) {
  std::string text;
  ::llvm::raw_string_ostream stream(text);
  module.print(stream, nullptr);
  return text;
}

Text generated(Module& module, ::llvm::TargetMachine& machine, Form form) {
  const auto type = form == Form::assembly ? ::llvm::CodeGenFileType::AssemblyFile
                                           : ::llvm::CodeGenFileType::ObjectFile;
  const auto bytes = generate(module, machine, type);
  if (!bytes) return refused(bytes.error());
  if (form == Form::image) return image_of(*bytes, image_function);
  return std::string(bytes->data(), bytes->size());
}

}  // namespace

Text file_of(const runtime::Program& program, const EmitRequest& request) {
  const auto target = target_of(request);
  if (!target) return refused(target.error());
  if (auto named = check_names(program, request, (*target)->family); !named)
    return refused(named.error());
  if (auto sized = check_size(program, program.slots); !sized) return refused(sized.error());
  const auto machine = machine_for(**target, request.level);
  if (!machine) return refused(machine.error());
  const bool gpu = (*machine)->getTargetTriple().isNVPTX();
  if (gpu && request.form != Form::llvm && request.form != Form::assembly) {
    return refused("for a GPU the code is PTX: ask for assembly, or for another target than " +
                   request.target);
  }
  LLVMContext context;
  const auto module = new_module(context, **target, (*machine)->createDataLayout());
  lower(*module, program, request, (*target)->family);
  if (auto completed = complete(*module, **target, request.level); !completed) {
    return refused(completed.error());
  }
  return request.form == Form::llvm ? Text(printed(*module))
                                    : generated(*module, **machine, request.form);
}

}  // namespace lrc::backends::llvm
