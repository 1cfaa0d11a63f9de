// lrc canary

#include <memory>

#include "compiler/cli/cli.h"
#include "runtime/host/canary.h"

namespace lrc::cli {

void add_canary(CLI::App& app, Run& run) {
  struct Options {
    std::string run_id, share, salt;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb =
      app.add_subcommand("canary", "Say whether a run is among the share that tries something new");
  verb->add_option("run", options->run_id, "the run's own name")->required();
  verb->add_option("share", options->share, "a share of all runs, such as 10%")->required();
  verb->add_option("--salt", options->salt,
                   "what is tried, the policy's name say: each falls on other runs");
  verb->footer(
      "Prints `yes` and ends with 0, or `no` and ends with 1. The same run always gives the same.\n"
      "Example: lrc canary \"$RUN_ID\" 10% && POLICY=new.lrp");
  verb->callback([options, &run] {
    const auto share = runtime::parse_share(options->share);
    if (!share) {
      throw CLI::ValidationError(
          "share", "is a percentage from 0% to 100% with at most 6 digits behind the point");
    }
    run = [options, share] {
      const bool chosen = runtime::canary(options->run_id, *share, options->salt);
      write(chosen ? "yes\n" : "no\n");
      return chosen ? exit_code::fine : exit_code::findings;
    };
  });
}

}  // namespace lrc::cli
