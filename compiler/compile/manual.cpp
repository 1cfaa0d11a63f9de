#include "compiler/compile/manual.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/compile/standard_library.h"
#include "compiler/syntax/parse.h"

namespace lrc::compile {
namespace {

struct Parsed {
  source::SourcePtr source;
  ast::File file;
};

Parsed parsed(const Module& module) {
  Parsed result{source::make_source(std::string(module.name), std::string(module.text)), {}};
  result.file = syntax::parse(*result.source).tree;  // it compiles: standard_library()
  return result;
}

// The lines of comment right above a place at the begin of a line.
std::string comment_above(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    text.remove_suffix(1);  // the end of the line above
    const std::size_t begin = text.rfind('\n') + 1;
    const std::string_view line = text.substr(begin);
    if (!line.starts_with('#')) break;
    lines.push_back(line.substr(std::min<std::size_t>(line.size(), 2)));
    text = text.substr(0, begin);
  }
  std::reverse(lines.begin(), lines.end());
  return fmt::format("{}\n", fmt::join(lines, "\n"));
}

std::string comment_at_head(std::string_view text) {
  std::size_t end = 0;
  while (text.substr(end).starts_with('#')) end = text.find('\n', end) + 1;
  return comment_above(text.substr(0, end));
}

// The right side of the first `lr = …` in a page, without the words behind it.
std::string first_example(std::string_view comment) {
  while (!comment.empty()) {
    std::string_view line = comment.substr(0, comment.find('\n'));
    comment.remove_prefix(std::min(comment.size(), line.size() + 1));
    if (!line.starts_with("  lr")) continue;
    line.remove_prefix(line.find('=') + 2);
    return std::string(line.substr(0, line.find("  ")));
  }
  return "";
}

std::vector<std::string> names_in(const ast::File& file) {
  std::vector<std::string> names;
  for (const ast::Let& let : file.lets) names.push_back(let.name.text);
  for (const ast::Curve& curve : file.curves) names.push_back(curve.name.text);
  for (const ast::Definition& schedule : file.definitions) names.push_back(schedule.name.text);
  return names;
}

bool is_shape_module(const Module& module) { return module.name == "shapes"; }

ManualPage page_of_curve(const Module& module, const ast::Curve& curve) {
  const std::string& name = curve.name.text;
  ManualPage page;
  page.kind = is_shape_module(module) ? ManualPage::Kind::shape : ManualPage::Kind::function;
  const bool has_power = curve.parameters.size() > 1;
  page.example = page.kind == ManualPage::Kind::function
                     ? fmt::format("{}(1 + progress)", name)
                     : fmt::format("{}{} from 0 to 1", name, has_power ? " power 2" : "");
  return page;
}

std::optional<ManualPage> page_in(const Module& module, const std::string& name) {
  const Parsed text = parsed(module);
  ManualPage page;
  if (module.name == name) {
    page.comment = comment_at_head(module.text);
    page.definition = fmt::format("{}", fmt::join(names_in(text.file), ", "));
    return page;
  }
  source::Span span;
  for (const ast::Curve& curve : text.file.curves) {
    if (curve.name.text != name) continue;
    page = page_of_curve(module, curve);
    span = curve.span;
  }
  for (const ast::Definition& schedule : text.file.definitions) {
    if (schedule.name.text != name) continue;
    page.kind = ManualPage::Kind::schedule;
    span = schedule.span;
  }
  if (span.source == nullptr) return std::nullopt;
  page.comment = comment_above(module.text.substr(0, span.begin));
  page.definition = std::string(span.text());
  if (page.kind == ManualPage::Kind::schedule) page.example = first_example(page.comment);
  return page;
}

}  // namespace

std::optional<ManualPage> manual_page(const std::string& name) {
  for (const Module& module : standard_modules()) {
    if (auto page = page_in(module, name)) return page;
  }
  return std::nullopt;
}

std::vector<std::string> manual_names() {
  std::vector<std::string> names;
  for (const Module& module : standard_modules()) {
    names.emplace_back(module.name);
    for (std::string& name : names_in(parsed(module).file)) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace lrc::compile
