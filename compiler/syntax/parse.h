#pragma once
// Text → tree and issues. Parsing never fails: with an issue the tree is empty. Only parse.cpp sees
// ANTLR, and none of ANTLR's words reach an issue. Safe from several threads.

#include "compiler/diagnostics/issue.h"
#include "compiler/syntax/ast.h"

namespace lrc::syntax {

template <class Tree>
struct Parsed {
  Tree tree;
  diagnostics::Issues issues;
};

[[nodiscard]] Parsed<ast::File> parse(const source::Source& source);
// A part of a source as if it were all there is, with the places of the source.
[[nodiscard]] Parsed<ast::File> parse_part(const source::Source& source, source::Span part);

// The text of a flag: `100K steps`, and `1 epoch = 100 steps`.
[[nodiscard]] Parsed<ast::Value> parse_value(const source::Source& source);
[[nodiscard]] Parsed<ast::Rate> parse_rate(const source::Source& source);

}  // namespace lrc::syntax
