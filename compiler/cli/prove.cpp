// lrc prove

#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compiler/cli/cli.h"
#include "compiler/cli/progress.h"
#include "compiler/compile/read_facts.h"
#include "compiler/diagnostics/render.h"
#include "compiler/prove/prove.h"

namespace lrc::cli {
namespace {

using Json = nlohmann::ordered_json;

struct ProveOptions {
  std::vector<std::string> arguments;
  compile::FactTexts facts;
  std::vector<std::string> settings;
  bool allow_empty = false;
  ReportOptions report;
};

std::string_view name_of(prove::Status status) {
  switch (status) {
    case prove::Status::proved: return "proved";
    case prove::Status::refuted: return "refuted";
    case prove::Status::undecided: return "not decided";
    case prove::Status::lacking: return "lacks a fact";
  }
  return "";
}

// `lr never above 1e-3`: the claim without the word before it.
std::string words_of(const policy::Claim& claim) {
  const std::string text(claim.span.text());
  constexpr std::string_view head = "require";
  std::string words = diagnostics::printable(CLI::detail::trim_copy(text.substr(head.size())));
  std::replace(words.begin(), words.end(), '\n', ' ');
  return words;
}

class Prove {
 public:
  explicit Prove(const ProveOptions& options) : options_(options), report_(options.report) {}

  int run() {
    for (const Input& input : read_inputs(options_.arguments, report_)) {
      if (input.compilation.policy) policy(input, *input.compilation.policy);
    }
    progress_.end();
    if (claims_.empty() && report_.exit() == exit_code::fine && !options_.allow_empty)
      report_.add(diagnostics::Code::E0804, "there is no claim here",
                  "a claim stands in a policy, as in `require lr never above 1e-3`");
    write(report_.format() == Format::json ? Json{{"claims", claims_}}.dump() + "\n" : lines_);
    return report_.finish();
  }

 private:
  void policy(const Input& input, const compile::CompiledPolicy& policy) {
    if (policy.policy.claims.empty()) return;
    compile::FactReading reading = compile::read_facts(policy, options_.facts);
    for (const auto& source : reading.sources) report_.keep(source);
    const bool readable = reading.issues.empty();
    report_.add(std::move(reading.issues));
    if (!readable) return;
    for (const policy::Claim& claim : policy.policy.claims) {
      progress_.at(words_of(claim));
      prove::Verdict verdict = prove::prove(policy, claim, reading.facts);
      report_.add(std::move(verdict.issues));
      lines_ += fmt::format("{}: {}: {}\n", display_name(input), words_of(claim),
                            name_of(verdict.status));
      claims_.push_back(
          {{"policy", display_name(input)},
           {"file", input.is_path ? Json(diagnostics::printable(input.argument)) : Json(nullptr)},
           {"claim", words_of(claim)},
           {"line", source::position(*claim.span.source, claim.span.begin).line},
           {"status", name_of(verdict.status)}});
    }
  }

  const ProveOptions& options_;
  Report report_;
  Progress progress_{"prove"};
  Json claims_ = Json::array();
  std::string lines_;
};

}  // namespace

void add_prove(CLI::App& app, Run& run) {
  auto options = std::make_shared<ProveOptions>();
  CLI::App* verb = app.add_subcommand("prove", "Prove what policies claim of themselves");
  verb->add_option("policy", options->arguments,
                   "policies: text, files, folders, or - for standard input")
      ->required();
  add_fact_options(*verb, options->facts);
  verb->add_option("--set", options->settings, "NAME=VALUE of a parameter (repeatable)")
      ->take_all()
      ->allow_extra_args(false);
  verb->add_flag("--allow-empty", options->allow_empty, "no claim at all is fine");
  add_report_options(*verb, options->report);
  verb->footer("Example: lrc prove policies/");
  verb->callback([options, &run] {
    if (!split_settings(options->settings, options->facts))
      throw CLI::ValidationError("--set", "takes NAME=VALUE");
    run = [options] { return Prove(*options).run(); };
  });
}

}  // namespace lrc::cli
