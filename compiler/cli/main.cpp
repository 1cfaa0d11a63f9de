// lrc VERB: reads the call, runs the verb, turns its result into an exit code.

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <sstream>

#include <fmt/format.h>

#include "compiler/cli/cli.h"
#include "compiler/cli/version.h"
#include "compiler/diagnostics/issue.h"
#include "compiler/diagnostics/render.h"

namespace {

std::vector<std::string> verbs_of(const CLI::App& app) {
  std::vector<std::string> verbs;
  for (const CLI::App* verb : app.get_subcommands({})) verbs.push_back(verb->get_name());
  return verbs;
}

int unknown_verb(const std::vector<std::string>& verbs, const std::string& word) {
  const auto guess = lrc::diagnostics::closest(word, verbs);
  const std::string hint = guess ? fmt::format("did you mean `lrc {}`?", *guess)
                                 : fmt::format("the verbs are {}", fmt::join(verbs, ", "));
  std::fputs(
      fmt::format("lrc: no verb is called `{}`\n  {}\n", lrc::diagnostics::printable(word), hint)
          .c_str(),
      stderr);
  return lrc::cli::exit_code::wrong_call;
}

int run(int argc, char** argv) {
  CLI::App app("Learning-rate policies: checked, hashed, compiled", "lrc");
  app.require_subcommand(1);
  app.set_version_flag("--version", [] { return lrc::cli::version_text(); });
  app.footer("Example: lrc plot 'warmup 6% linear then cosine to 0.01x'");
  lrc::cli::Run verb;
  lrc::cli::add_check(app, verb);
  lrc::cli::add_hash(app, verb);
  lrc::cli::add_eval(app, verb);
  lrc::cli::add_simulate(app, verb);
  lrc::cli::add_replay(app, verb);
  lrc::cli::add_canary(app, verb);
  lrc::cli::add_range_test(app, verb);
  lrc::cli::add_plot(app, verb);
  lrc::cli::add_explain(app, verb);
  lrc::cli::add_compile(app, verb);
  lrc::cli::add_lock(app, verb);
  lrc::cli::add_test(app, verb);
  lrc::cli::add_prove(app, verb);
  lrc::cli::add_fmt(app, verb);
  lrc::cli::add_import(app, verb);
  const std::vector<std::string> verbs = verbs_of(app);
  const std::string first = argc > 1 ? argv[1] : "-";
  if (!first.starts_with("-") && std::find(verbs.begin(), verbs.end(), first) == verbs.end())
    return unknown_verb(verbs, first);
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
    const int code = run(argc, argv);
#ifndef LRC_SANITIZED
    // Without destructors: what the parser has learnt goes with the process, and faster.
    if (std::fflush(nullptr) == 0) std::_Exit(code);
#endif
    return code;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "lrc: a bug of ours, please report it: %s\n", error.what());
    return lrc::cli::exit_code::our_bug;
  }
}
