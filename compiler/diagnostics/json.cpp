#include <nlohmann/json.hpp>

#include "compiler/diagnostics/render.h"

namespace lrc::diagnostics {
namespace {

using Json = nlohmann::ordered_json;

Json place(source::Span span) {
  if (span.source == nullptr) {
    return {{"file", nullptr},
            {"line", nullptr},
            {"column", nullptr},
            {"end_line", nullptr},
            {"end_column", nullptr}};
  }
  const source::Position begin = source::position(*span.source, span.begin);
  const source::Position end = source::position(*span.source, span.end);
  return {{"file", printable(span.source->name)},
          {"line", begin.line},
          {"column", begin.column},
          {"end_line", end.line},
          {"end_column", end.column}};
}

Json to_json(const Issue& issue) {
  const CodeFacts& code = facts(issue.code);
  Json object = {{"code", code.name},
                 {"severity", code.severity == Severity::error ? "error" : "warning"},
                 {"message", printable(issue.message)}};
  object.update(place(issue.span));
  Json labels = Json::array();
  if (!issue.annotation.empty()) {
    Json label = place(issue.span);
    label["text"] = printable(issue.annotation);
    labels.push_back(std::move(label));
  }
  for (const Label& item : issue.labels) {
    Json label = place(item.span);
    label["text"] = printable(item.text);
    labels.push_back(std::move(label));
  }
  object["labels"] = std::move(labels);
  object["reason"] = printable(issue.reason);
  object["fix"] = nullptr;
  if (issue.fix) {
    Json fix = {{"text", printable(issue.fix->text)}};
    if (issue.fix->span) {
      fix.update(place(*issue.fix->span));
      fix["replacement"] = printable(issue.fix->replacement);
    }
    object["fix"] = std::move(fix);
  }
  return object;
}

}  // namespace

std::string render_json(const Issues& issues) {
  // One after another: a text with a mistake in every word would fill the memory with trees.
  std::string text = "{\"diagnostics\":[";
  for (const Issue& issue : issues) {
    if (&issue != issues.data()) text += ",";
    text += to_json(issue).dump();
  }
  return text + "]}\n";
}

}  // namespace lrc::diagnostics
