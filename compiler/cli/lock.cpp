// lrc lock

#include "compiler/cli/lock.h"

#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compiler/cli/progress.h"
#include "compiler/lock/file.h"
#include "compiler/prove/prove.h"
#include "compiler/prove/test.h"

namespace lrc::cli {
namespace {

using Json = nlohmann::ordered_json;

struct LockOptions {
  std::vector<std::string> arguments;
  ReportOptions report;
};

std::vector<lock::Candidate> candidates(const std::vector<Input>& inputs) {
  std::vector<lock::Candidate> candidates;
  for (const Input& input : inputs) {
    if (!input.compilation.policy) continue;
    lock::Candidate candidate{&*input.compilation.policy, display_name(input), std::nullopt};
    if (input.is_path && input.argument != "-") candidate.file = input.argument;
    candidates.push_back(std::move(candidate));
  }
  return candidates;
}

// All or nothing: a lock that took half of a call would hide which half.
bool record(const lock::Review& review, Report& report) {
  if (report.exit() != exit_code::fine) return false;
  bool recorded = true;
  for (const auto& [path, entries] : review.replacements) {
    const auto written = lock::write(path, entries);
    if (written) continue;
    report.add(diagnostics::Code::E0605, fmt::format("`{}` cannot be written", lock::shown(path)),
               written.error());
    recorded = false;
  }
  return recorded;
}

std::string products(const lock::Review& review, lock::Mode mode, bool recorded, Format format) {
  Json policies = Json::array();
  std::string lines;
  for (const lock::Verdict& verdict : review.verdicts) {
    if (format == Format::json)
      policies.push_back(lock::to_json(verdict, recorded));
    else
      lines += lock::line(verdict, mode, recorded);
  }
  if (format == Format::human) return lines;
  return Json{{"policies", policies}}.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

void examine(const std::vector<Input>& inputs, Report& report) {
  Progress progress("compile");
  for (const Input& input : inputs) {
    if (!input.compilation.policy) continue;
    const compile::CompiledPolicy& policy = *input.compilation.policy;
    for (const policy::Test& test : policy.policy.tests) {
      progress.at(test.title);
      for (const prove::Answer& answer : prove::examine(policy, test).answers)
        report.add(answer.issues);
    }
    for (const policy::Claim& claim : policy.policy.claims) {
      progress.at(std::string(claim.span.text()));
      report.add(prove::prove(policy, claim, {}).issues);
    }
  }
  progress.end();
}

int review_policies(const std::vector<std::string>& arguments, lock::Mode mode,
                    const ReportOptions& options) {
  Report report(options);
  const std::vector<Input> inputs = read_inputs(arguments, report);
  lock::Review review = lock::review(candidates(inputs), mode);
  for (const source::SourcePtr& source : review.sources) report.keep(source);
  report.add(std::move(review.issues));
  if (mode != lock::Mode::record) examine(inputs, report);
  const bool recorded = mode == lock::Mode::record && record(review, report);
  write(products(review, mode, recorded, report.format()));
  return report.finish();
}

void add_lock(CLI::App& app, Run& run) {
  auto options = std::make_shared<LockOptions>();
  CLI::App* verb = app.add_subcommand("lock", "Record in lrc.lock what policies mean");
  verb->add_option("policy", options->arguments,
                   "policies: files, folders, or - for standard input")
      ->required();
  add_report_options(*verb, options->report);
  verb->footer("Example: lrc lock policies/");
  verb->callback([options, &run] {
    run = [options] {
      return review_policies(options->arguments, lock::Mode::record, options->report);
    };
  });
}

}  // namespace lrc::cli
