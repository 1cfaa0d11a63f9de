#include "compiler/compile/emit.h"

#include <algorithm>

#include "compiler/backends/c/export.h"
#include "compiler/backends/cuda/assemble.h"
#include "compiler/backends/llvm/emit.h"
#include "compiler/compile/listing.h"

namespace lrc::compile {
namespace {

namespace code = backends::llvm;

struct FormWord {
  const char* word;
  CodeForm form;
};
constexpr FormWord form_words[] = {
    {"canonical", CodeForm::canonical},
    {"ir", CodeForm::ir},
    {"llvm", CodeForm::llvm},
    {"asm", CodeForm::assembly},
    {"object", CodeForm::object},
    {"shared", CodeForm::shared},
    {"ptx", CodeForm::ptx},
    {"cubin", CodeForm::cubin},
    {"c", CodeForm::c},
    {"cuda", CodeForm::cuda},
};

bool is_gpu(const std::string& target) { return target.starts_with("sm_"); }

// Only what tests ask for by name.
bool is_hidden(const std::string& target) { return target.starts_with("nvptx-on-"); }

code::Form backend_form(CodeForm form) {
  switch (form) {
    case CodeForm::llvm: return code::Form::llvm;
    case CodeForm::shared: return code::Form::shared;
    case CodeForm::object: return code::Form::object;
    default: return code::Form::assembly;
  }
}

tl::expected<std::string, std::string> header_of(const runtime::Program& program,
                                                 const CodeRequest& request) {
  const auto language =
      request.form == CodeForm::c ? backends::c::Language::c99 : backends::c::Language::cuda;
  return backends::c::export_c(program, {language, request.name, request.release});
}

tl::expected<std::string, std::string> code_of(const runtime::Program& program,
                                               const CodeRequest& request) {
  code::EmitRequest asked;
  asked.form = backend_form(request.form);
  asked.target = request.target;
  asked.name = request.name;
  if (asked.target.empty()) {
    const auto usual = targets_of(request.form);
    if (!usual.empty()) asked.target = usual.front();
  }
  auto text = code::emit(program, asked);
  if (!text || request.form != CodeForm::cubin) return text;
  return backends::cuda::assemble(*text, asked.target);
}

}  // namespace

std::optional<CodeForm> code_form(std::string_view word) {
  const auto* found = std::ranges::find(form_words, word, &FormWord::word);
  if (found == std::end(form_words)) return std::nullopt;
  return found->form;
}

std::vector<std::string> code_form_words() {
  std::vector<std::string> words;
  for (const FormWord& item : form_words) words.emplace_back(item.word);
  return words;
}

std::vector<std::string> targets_of(CodeForm form) {
  const bool gpu = form == CodeForm::ptx || form == CodeForm::cubin;
  const bool host = form == CodeForm::assembly || form == CodeForm::object ||
                    form == CodeForm::shared || form == CodeForm::llvm;
  std::vector<std::string> names;
  for (const std::string& target : code::emit_targets()) {
    if (is_hidden(target)) continue;
    if (is_gpu(target) ? gpu || form == CodeForm::llvm : host) names.push_back(target);
  }
  return names;
}

tl::expected<std::string, std::string> emit(const runtime::Program& program,
                                            const CodeRequest& request) {
  switch (request.form) {
    case CodeForm::ir: return listing(program);
    case CodeForm::c:
    case CodeForm::cuda: return header_of(program, request);
    default: return code_of(program, request);
  }
}

std::string default_code_name(const CompiledPolicy& policy) {
  return policy.policy.name.empty() ? "lrc_policy" : policy.policy.name;
}

std::vector<runtime::GroupSet> emitted_sets(const CompiledPolicy& policy) {
  std::vector<runtime::GroupSet> sets = {{}};
  for (std::uint32_t k = 0; k < policy.policy.groups.size(); ++k) sets.push_back({k});
  return sets;
}

}  // namespace lrc::compile
