#pragma once
// The good policies that properties are tried on: every file of the given folders that compiles,
// and the definitions of the standard library as if they were somebody's own.

#include <string>
#include <vector>

#include "compiler/compile/compile.h"
#include "compiler/source/source.h"
#include "compiler/syntax/ast.h"
#include "compiler/syntax/lexemes.h"

namespace lrc::test {

struct Good {
  source::SourcePtr source;
  std::vector<syntax::Lexeme> lexemes;  // without comments
  ast::File tree;
  std::string hash;
  bool one_line = false;  // of one line that is not a comment
};

// Sorted by path, so that a seed means the same everywhere.
[[nodiscard]] std::vector<Good> good_policies(const std::vector<std::string>& folders);

[[nodiscard]] Good as_good(source::SourcePtr source, const compile::CompiledPolicy& policy);

// A text as one of them; nothing where it does not compile.
[[nodiscard]] std::vector<Good> good_policy(std::string name, std::string text);

}  // namespace lrc::test
