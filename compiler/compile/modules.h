#pragma once
// `use NAME`: the modules of a policy, and the library they make with the standard one.

#include <vector>

#include "compiler/check/library.h"
#include "compiler/syntax/ast.h"

namespace lrc::compile {

struct Modules {
  check::Library library;
  std::vector<source::SourcePtr> sources;
  diagnostics::Issues issues;
};
// Modules may use modules; each is read once. Standard ones are there without being named.
[[nodiscard]] Modules load_modules(const ast::File& file, const source::Source& source);

}  // namespace lrc::compile
