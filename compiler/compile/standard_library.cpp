#include "compiler/compile/standard_library.h"

#include <cstdio>
#include <cstdlib>

#include "compiler/diagnostics/render.h"
#include "compiler/syntax/parse.h"

namespace lrc::compile {
namespace {

check::Library compiled() {
  check::Library library;
  for (const Module& module : standard_modules()) {
    const auto source = source::make_source("stdlib/" + std::string(module.name) + ".lrp",
                                            std::string(module.text));
    auto parsed = syntax::parse(*source);
    diagnostics::Issues issues =
        parsed.issues.empty() ? library.add(parsed.tree, source) : std::move(parsed.issues);
    if (issues.empty()) continue;
    std::fputs(diagnostics::render_human(issues, diagnostics::Color::never).c_str(), stderr);
    std::abort();
  }
  return library;
}

}  // namespace

const check::Library& standard_library() {
  static const check::Library library = compiled();
  return library;
}

}  // namespace lrc::compile
