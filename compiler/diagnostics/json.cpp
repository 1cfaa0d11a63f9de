#include <fmt/format.h>

#include <iterator>
#include <nlohmann/json.hpp>

#include "compiler/diagnostics/render.h"

namespace lrc::diagnostics {
namespace {

std::string as_json(std::string_view value) { return nlohmann::json(printable(value)).dump(); }

// Members are written as they come, without a tree: a text with a mistake in every word has tens of
// thousands of issues.
class Writer {
 public:
  std::string text;

  void add(std::string_view written) { text += written; }
  void member(std::string_view name, std::string_view value) {
    fmt::format_to(std::back_inserter(text), ",\"{}\":{}", name, as_json(value));
  }

  void place(source::Span span) {
    if (span.source == nullptr) {
      add(R"("file":null,"line":null,"column":null,"end_line":null,"end_column":null)");
      return;
    }
    if (span.source != named_) {
      named_ = span.source;
      name_ = as_json(span.source->name);
    }
    const source::Position begin = source::position(*span.source, span.begin);
    const source::Position end = source::position(*span.source, span.end);
    fmt::format_to(std::back_inserter(text),
                   R"("file":{},"line":{},"column":{},"end_line":{},"end_column":{})", name_,
                   begin.line, begin.column, end.line, end.column);
  }

  void label(source::Span span, std::string_view said) {
    add(text.back() == '[' ? "{" : ",{");
    place(span);
    member("text", said);
    add("}");
  }

 private:
  const source::Source* named_ = nullptr;
  std::string name_;  // of `named_`, quoted
};

void add_fix(Writer& out, const Fix& fix) {
  out.add("{\"text\":");
  out.add(as_json(fix.text));
  if (fix.span) {
    out.add(",");
    out.place(*fix.span);
    out.member("replacement", fix.replacement);
  }
  out.add("}");
}

void add_issue(Writer& out, const Issue& issue) {
  const CodeFacts& code = facts(issue.code);
  fmt::format_to(std::back_inserter(out.text), R"({{"code":"{}","severity":"{}")", code.name,
                 code.severity == Severity::error ? "error" : "warning");
  out.member("message", issue.message);
  out.add(",");
  out.place(issue.span);
  out.add(",\"labels\":[");
  if (!issue.annotation.empty()) out.label(issue.span, issue.annotation);
  for (const Label& label : issue.labels) out.label(label.span, label.text);
  out.add("]");
  out.member("reason", issue.reason);
  out.add(",\"fix\":");
  if (issue.fix) {
    add_fix(out, *issue.fix);
  } else {
    out.add("null");
  }
  out.add("}");
}

}  // namespace

std::string render_json(const Issues& issues) {
  Writer out;
  out.add("{\"diagnostics\":[");
  for (const Issue& issue : issues) {
    if (&issue != issues.data()) out.add(",");
    add_issue(out, issue);
  }
  out.add("]}\n");
  return std::move(out.text);
}

}  // namespace lrc::diagnostics
