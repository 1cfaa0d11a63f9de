// lrc import PEER CASE.json

#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/cli/cli.h"
#include "compiler/compile/compile.h"
#include "compiler/diagnostics/render.h"
#include "compiler/import/import.h"
#include "compiler/source/read.h"

namespace lrc::cli {
namespace {

struct ImportOptions {
  std::string peer;
  std::string path;
  ReportOptions report;
};

// A policy that compiles, or none.
void write_policy(const std::string& text, Report& report) {
  const auto compiled = compile::compile(source::make_source("<imported>", text));
  const auto error =
      std::find_if(compiled.issues.begin(), compiled.issues.end(), [](const auto& issue) {
        return diagnostics::facts(issue.code).severity == diagnostics::Severity::error;
      });
  if (error != compiled.issues.end())
    report.add(import::unsayable(*error));
  else
    write(text);
}

int import_schedule(const ImportOptions& options) {
  Report report(options.report);
  const auto source = source::read(options.path);
  if (!source) {
    report.add(diagnostics::Code::E0004,
               fmt::format("`{}` cannot be read", diagnostics::printable(source.error().path)),
               source.error().reason);
    return report.finish();
  }
  report.keep(*source);
  import::Imported imported = import::import_case(options.peer, *source);
  report.add(std::move(imported.issues));
  if (imported.text) write_policy(*imported.text, report);
  return report.finish();
}

}  // namespace

void add_import(CLI::App& app, Run& run) {
  auto options = std::make_shared<ImportOptions>();
  CLI::App* verb = app.add_subcommand("import", "Write another library's schedule as a policy");
  verb->add_option("peer", options->peer,
                   fmt::format("whose schedule it is: {}", fmt::join(import::peers(), ", ")))
      ->required();
  verb->add_option(
          "case", options->path,
          "a file of one JSON object, or - for standard input: the peer's own arguments in "
          "`args`, beside them `lr` and the facts of the run")
      ->required();
  add_report_options(*verb, options->report);
  verb->footer(
      "Example: echo '{\"lr\": 0.1, \"args\": {\"cls\": \"StepLR\", \"step_size\": 30}}' | lrc "
      "import "
      "torch -");
  verb->callback([options, &run] { run = [options] { return import_schedule(*options); }; });
}

}  // namespace lrc::cli
