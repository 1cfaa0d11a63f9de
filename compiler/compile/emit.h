#pragma once
// A policy bound to the facts of a run as a file for other programs, in every form there is.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "compiler/compile/compile.h"

namespace lrc::compile {

enum class CodeForm : std::uint8_t {
  canonical,  // the text that the hash is taken of; needs no facts
  ir,         // the bound program, one operation a line
  llvm,       // LLVM's textual IR
  assembly,
  object,  // ELF
  shared,  // ELF, linked
  ptx,
  cubin,  // PTX through ptxas
  c,      // C99, one header
  cuda    // CUDA C, one header
};

// `llvm`, `asm`, …; nothing for a word that is no form.
[[nodiscard]] std::optional<CodeForm> code_form(std::string_view word);
[[nodiscard]] std::vector<std::string> code_form_words();

// The targets that go with the form, the usual one first; none where a form needs none.
[[nodiscard]] std::vector<std::string> targets_of(CodeForm form);

struct CodeRequest {
  CodeForm form = CodeForm::object;
  std::string target = {};   // one of targets_of(form), or empty: the usual one
  std::string name = {};     // what exported functions begin with: an identifier of C
  std::string release = {};  // of lrc, for the comment at the top of a header
};

// The same bytes wherever and whenever the same program is emitted. The error says what this
// machine lacks or what does not go together. backends/llvm/emit.h says what is exported.
[[nodiscard]] tl::expected<std::string, std::string> emit(const runtime::Program& program,
                                                          const CodeRequest& request);

// What exported functions are called by unless somebody says otherwise.
[[nodiscard]] std::string default_code_name(const CompiledPolicy& policy);

// What a GPU's functions are called by where liblrc loads them: in artifacts, and of a run's own.
inline constexpr const char* device_code_name = "lrc";

// The sets of groups that emitted code has slots for: outside any group, then each group alone.
[[nodiscard]] std::vector<runtime::GroupSet> emitted_sets(const CompiledPolicy& policy);

}  // namespace lrc::compile
