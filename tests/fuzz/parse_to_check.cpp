// Any bytes end in a policy or in issues whose rendering is valid UTF-8: never in a signal. What
// parses can be laid out, once and for all, and goes on meaning the same.
// With libFuzzer this is a fuzz target; replay.cpp runs it over the corpus in the ordinary tests.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "compiler/compile/compile.h"
#include "compiler/diagnostics/render.h"
#include "compiler/format/format.h"
#include "compiler/ir/canonical.h"
#include "compiler/syntax/parse.h"

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

void lay_out(const lrc::source::Source& source, const std::string& hash) {
  using lrc::diagnostics::Code;
  const auto once = lrc::format::format(source);
  const auto parsed = lrc::syntax::parse(source);
  const bool too_large = !once.issues.empty() && once.issues[0].code == Code::E0901;
  require(once.text.has_value() == parsed.issues.empty() || too_large, "what parses is laid out");
  if (!once.text) return;
  const auto again = lrc::source::make_source("<formatted>", *once.text);
  require(lrc::format::format(*again).text == once.text, "formatting twice is formatting once");
  const auto compilation = lrc::compile::compile(again);
  require((compilation.policy ? compilation.policy->hash : "") == hash, "the meaning stays");
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
  lay_out(*source, compilation.policy ? compilation.policy->hash : "");
  if (compilation.policy) {
    const auto read_back = lrc::ir::read(compilation.policy->canonical);
    require(read_back && *read_back == compilation.policy->program, "canonical text reads back");
  }
  return 0;
}
