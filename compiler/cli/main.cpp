// lrc VERB: reads the call, runs the verb, turns its result into an exit code.

#include <csignal>
#include <cstdio>
#include <exception>
#include <sstream>

#include "compiler/cli/cli.h"
#include "compiler/cli/version.h"

namespace {

int run(int argc, char** argv) {
  CLI::App app("Learning-rate policies: checked, hashed, compiled", "lrc");
  app.require_subcommand(1);
  app.set_version_flag("--version", [] { return lrc::cli::version_text(); });
  app.footer("Example: lrc plot 'warmup 6% linear then cosine to 0.01x'");
  lrc::cli::Run verb;
  lrc::cli::add_check(app, verb);
  lrc::cli::add_hash(app, verb);
  lrc::cli::add_eval(app, verb);
  lrc::cli::add_plot(app, verb);
  lrc::cli::add_explain(app, verb);
  lrc::cli::add_compile(app, verb);
  lrc::cli::add_lock(app, verb);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool asked = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
    std::ostringstream asked_for;
    app.exit(error, asked_for, std::cerr);
    lrc::cli::write(asked_for.str());
    return asked ? lrc::cli::exit_code::fine : lrc::cli::exit_code::wrong_call;
  }
  return verb();
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is seen by the write that fails
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "lrc: a bug of ours, please report it: %s\n", error.what());
    return lrc::cli::exit_code::our_bug;
  }
}
