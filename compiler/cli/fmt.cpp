// lrc fmt

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "compiler/cli/cli.h"
#include "compiler/diagnostics/render.h"
#include "compiler/format/format.h"
#include "compiler/source/replace.h"

namespace lrc::cli {
namespace {

struct FmtOptions {
  std::vector<std::string> arguments;
  bool check = false;
};

// The line end that a shell leaves out of an argument is none that is missing.
bool differs(const Text& text, const std::string& formatted) {
  const std::string& source = text.source->text;
  return source != formatted && (text.is_path || source + "\n" != formatted);
}

void replace(const std::string& path, const std::string& formatted, Report& report) {
  const auto replaced = source::replace(path, formatted);
  if (replaced) return;
  report.add(diagnostics::Code::E0004,
             fmt::format("`{}` cannot be written", diagnostics::printable(path)), replaced.error());
}

int format_policies(const FmtOptions& options) {
  Report report{ReportOptions{}};
  std::string products;
  bool would_change = false;
  for (const Text& text : read_texts(options.arguments, report)) {
    format::Formatted formatted = format::format(*text.source);
    report.add(std::move(formatted.issues));
    if (!formatted.text) continue;
    const bool is_file = text.is_path && text.argument != "-";
    if (options.check) {
      if (!differs(text, *formatted.text)) continue;
      would_change = true;
      products += diagnostics::printable(text.source->name) + "\n";
    } else if (!is_file) {
      products += *formatted.text;
    } else if (differs(text, *formatted.text)) {
      replace(text.argument, *formatted.text, report);
    }
  }
  write(products);
  return std::max(report.finish(), would_change ? exit_code::findings : exit_code::fine);
}

}  // namespace

void add_fmt(CLI::App& app, Run& run) {
  auto options = std::make_shared<FmtOptions>();
  CLI::App* verb = app.add_subcommand("fmt", "Write policies in the one layout that lrc has");
  verb->add_option("policy", options->arguments,
                   "policies: files and folders, which are rewritten; text, or - for standard "
                   "input, which is printed")
      ->required();
  verb->add_flag("--check", options->check,
                 "write nothing, print the names of what would change, and exit with 1 if there is "
                 "any");
  verb->footer("Example: lrc fmt policies/");
  verb->callback([options, &run] { run = [options] { return format_policies(*options); }; });
}

}  // namespace lrc::cli
