// lrc explain --name NAME

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/cli/look.h"
#include "compiler/compile/manual.h"
#include "compiler/diagnostics/render.h"

namespace lrc::cli {
namespace {

using compile::ManualPage;

std::string caption(const std::string& name, const ManualPage& page) {
  switch (page.kind) {
    case ManualPage::Kind::function: return fmt::format("{}(1 + u)", name);
    case ManualPage::Kind::shape:
      return page.example.substr(0, page.example.find(" from")) + ", u the share of the ramp";
    default: return page.example;
  }
}

std::string definition(const ManualPage& page) {
  if (page.kind == ManualPage::Kind::module)
    return fmt::format("It defines {}.\n", page.definition);
  std::string text;
  for (std::string_view rest = page.definition; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    text += fmt::format("  {}\n", line);
  }
  return text;
}

// The example through the ordinary path; what a run would say is assumed.
std::string picture_of(const std::string& name, const ManualPage& page, const SizeOptions& size) {
  if (page.example.empty()) return "";
  auto compilation = compile::compile(source::make_source("<example>", page.example));
  if (!compilation.policy) return "";
  bind::Facts facts;
  if (page.kind != ManualPage::Kind::schedule)
    facts.run = exact::Length(exact::Length::Of::steps, exact::Rational(1000));
  const auto view = picture::look_at(*compilation.policy, facts, {"lr"});
  if (!view) return "";
  picture::Picture picture =
      picture::picture_of(*compilation.policy, *view, 0, 0, caption(name, page));
  picture.hash.clear();
  if (page.kind != ManualPage::Kind::schedule) {
    picture.phases.clear();
    picture.notes.clear();
    picture.positions = {{"0", "0.25", "0.5", "0.75", "u = 1"}};
  }
  picture::Size chosen = size_of(size);
  constexpr std::size_t small_width = 60, small_height = 14;
  if (size.width == 0) chosen.width = small_width;
  if (size.height == 0) chosen.height = small_height;
  return "\n" + picture::draw(picture, chosen);
}

}  // namespace

int explain_failed(const std::string& message, const std::string& hint) {
  std::fputs(fmt::format("lrc explain: {}\n  {}\n", message, hint).c_str(), stderr);
  return exit_code::wrong_call;
}

int explain_name(const std::string& name, const SizeOptions& size) {
  const auto page = compile::manual_page(name);
  if (!page) {
    const auto names = compile::manual_names();
    const auto guess = diagnostics::closest(name, names);
    return explain_failed(
        fmt::format("the standard library has no `{}`", diagnostics::printable(name)),
        guess ? fmt::format("did you mean `{}`?", *guess)
              : fmt::format("it has {}", fmt::join(names, ", ")));
  }
  write(page->comment + "\n" + definition(*page) + picture_of(name, *page, size));
  return exit_code::fine;
}

}  // namespace lrc::cli
