// Any bytes end in a policy or in issues whose rendering is valid UTF-8: never in a signal.
// With libFuzzer this is a fuzz target; replay.cpp runs it over the corpus in the ordinary tests.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "compiler/compile/compile.h"
#include "compiler/diagnostics/render.h"
#include "compiler/ir/canonical.h"

namespace {

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = lrc::source::utf8_sequence(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto source =
      lrc::source::make_source("<fuzz>", std::string(reinterpret_cast<const char*>(data), size));
  const auto compilation = lrc::compile::compile(source);
  require(compilation.policy || lrc::diagnostics::has_errors(compilation.issues),
          "no policy and no error");
  require(
      is_utf8(lrc::diagnostics::render_human(compilation.issues, lrc::diagnostics::Color::never)),
      "text is UTF-8");
  require(is_utf8(lrc::diagnostics::render_json(compilation.issues)), "JSON is UTF-8");
  if (compilation.policy) {
    const auto read_back = lrc::ir::read(compilation.policy->canonical);
    require(read_back && *read_back == compilation.policy->program, "canonical text reads back");
  }
  return 0;
}
