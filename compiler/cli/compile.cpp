// lrc compile

#include <memory>

#include "compiler/cli/artifact.h"
#include "compiler/cli/emit.h"
#include "compiler/cli/lock.h"

namespace lrc::cli {
namespace {

struct CompileOptions {
  std::vector<std::string> arguments;
  bool frozen = false;
  EmitOptions emit;
  ReportOptions report;
};

}  // namespace

void add_compile(CLI::App& app, Run& run) {
  auto options = std::make_shared<CompileOptions>();
  CLI::App* verb = app.add_subcommand(
      "compile", "Check, test and prove policies, and compare them with lrc.lock");
  verb->add_option("policy", options->arguments,
                   "policies: text, files, folders, or - for standard input")
      ->required();
  verb->add_flag("--frozen", options->frozen,
                 "the lock must already say all of it; for CI and before a commit");
  add_report_options(*verb, options->report);
  add_emit_options(*verb, options->emit);
  verb->footer(
      "Example: lrc compile --frozen policies/\n"
      "         lrc compile --emit c -o pretrain.h pretrain.lrp\n"
      "         lrc compile -o pretrain.lrpc pretrain.lrp");
  verb->callback([options, &run] {
    if (!split_settings(options->emit.settings, options->emit.facts))
      throw CLI::ValidationError("--set", "takes NAME=VALUE");
    if (!options->emit.name.empty() && options->emit.form.empty())
      throw CLI::ValidationError("--name",
                                 "goes with --emit: an artifact's code has its own names");
    if (options->frozen && !options->emit.path.empty())
      throw CLI::ValidationError("--frozen", "writes nothing: call it without -o before");
    run = [options] {
      if (!options->emit.form.empty()) {
        return emit_policy(options->arguments, options->emit, options->report);
      }
      if (!options->emit.path.empty())
        return write_artifact(options->arguments, options->emit, options->report);
      const lock::Mode mode = options->frozen ? lock::Mode::insist : lock::Mode::show;
      return review_policies(options->arguments, mode, options->report);
    };
  });
}

}  // namespace lrc::cli
