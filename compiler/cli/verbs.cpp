// lrc check, lrc hash

#include <algorithm>
#include <iterator>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compiler/cli/artifact.h"
#include "compiler/cli/cli.h"
#include "compiler/diagnostics/render.h"

namespace lrc::cli {
namespace {

using Json = nlohmann::ordered_json;

struct CheckOptions {
  std::vector<std::string> arguments;
  ReportOptions report;
};

std::string check_line(const Input& input, const compile::CompiledPolicy& policy) {
  const auto needs = compile::needs(policy);
  const std::string version =
      policy.policy.version == 0 ? "" : fmt::format(" version {}", policy.policy.version);
  return fmt::format(
      "{}{}: fine; {}\n", display_name(input), version,
      needs.empty() ? "needs nothing" : fmt::format("needs: {}", fmt::join(needs, ", ")));
}

Json identity_json(const Input& input, const compile::CompiledPolicy& policy) {
  const bool named = !policy.policy.name.empty();
  Json object;
  object["policy"] = named ? Json(policy.policy.name) : Json(nullptr);
  object["version"] = named ? Json(policy.policy.version) : Json(nullptr);
  object["hash"] = policy.hash;
  object["file"] = input.is_path ? Json(input.argument) : Json(nullptr);
  return object;
}

std::string policies_json(const Json& policies) {
  return Json{{"policies", policies}}.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json check_json(const Input& input, const compile::CompiledPolicy& policy) {
  Json object = identity_json(input, policy);
  object["needs"] = compile::needs(policy);
  return object;
}

// ------------------------------------------------------------------------------------ artifacts

// Takes the arguments that name artifacts out of the others.
std::vector<std::string> take_artifacts(std::vector<std::string>& arguments) {
  std::vector<std::string> artifacts;
  std::copy_if(arguments.begin(), arguments.end(), std::back_inserter(artifacts), names_artifact);
  std::erase_if(arguments, names_artifact);
  return artifacts;
}

std::string artifact_line(const std::string& path, const ReadArtifact& read) {
  std::string line = fmt::format("{}: fine; ", diagnostics::printable(path));
  line += read.facts.needs.empty() ? "needs nothing"
                                   : fmt::format("needs: {}", fmt::join(read.facts.needs, ", "));
  std::vector<std::string> targets;
  for (const runtime::CodeImage& image : read.artifact.code()) targets.push_back(image.target);
  if (!targets.empty()) line += fmt::format("; code for {}", fmt::join(targets, ", "));
  return line + "\n";
}

Json artifact_json(const std::string& path, const ReadArtifact& read) {
  const bool named = !read.facts.policy.empty();
  return {{"policy", named ? Json(read.facts.policy) : Json(nullptr)},
          {"version", named ? Json(read.facts.version) : Json(nullptr)},
          {"hash", read.artifact.hash()},
          {"file", path}};
}

int check(CheckOptions options) {
  Report report(options.report);
  Json policies = Json::array();
  std::string lines;
  for (const std::string& path : take_artifacts(options.arguments)) {
    const auto read = read_artifact(path, report);
    if (!read) continue;
    policies.push_back(artifact_json(path, *read));
    policies.back()["needs"] = read->facts.needs;
    lines += artifact_line(path, *read);
  }
  for (const Input& input : read_inputs(options.arguments, report)) {
    if (!input.compilation.policy) continue;
    if (report.format() == Format::json)
      policies.push_back(check_json(input, *input.compilation.policy));
    else
      lines += check_line(input, *input.compilation.policy);
  }
  write(report.format() == Format::json ? policies_json(policies) : lines);
  return report.finish();
}

struct HashOptions {
  std::string argument;
  bool canonical = false;
  ReportOptions report;
};

int hash_artifact(const HashOptions& options) {
  Report report(options.report);
  const auto read = read_artifact(options.argument, report);
  Json policies = Json::array();
  if (read && report.format() == Format::human) {
    write(options.canonical ? read->artifact.canonical() : read->artifact.hash() + "\n");
  } else if (read) {
    policies.push_back(artifact_json(options.argument, *read));
    if (options.canonical) policies.back()["canonical"] = read->artifact.canonical();
  }
  if (report.format() == Format::json) write(policies_json(policies));
  return report.finish();
}

int hash(const HashOptions& options) {
  if (names_artifact(options.argument)) return hash_artifact(options);
  Report report(options.report);
  const auto inputs = read_inputs({options.argument}, report);
  Json policies = Json::array();
  for (const Input& input : inputs) {
    if (!input.compilation.policy) continue;
    const compile::CompiledPolicy& policy = *input.compilation.policy;
    if (report.format() == Format::json) {
      policies.push_back(identity_json(input, policy));
      if (options.canonical) policies.back()["canonical"] = policy.canonical;
    } else if (options.canonical)
      write(policy.canonical);
    else if (inputs.size() == 1)
      write(policy.hash + "\n");
    else
      write(fmt::format("{}  {}\n", policy.hash, display_name(input)));
  }
  if (report.format() == Format::json) write(policies_json(policies));
  return report.finish();
}

}  // namespace

void add_check(CLI::App& app, Run& run) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App* verb = app.add_subcommand("check", "Check policies and list the facts they still need");
  verb->add_option("policy", options->arguments,
                   "policies: text, files, folders, or - for standard input")
      ->required();
  add_report_options(*verb, options->report);
  verb->footer("Example: lrc check 'warmup 6% linear then cosine to 0.01x'");
  verb->callback([options, &run] { run = [options] { return check(*options); }; });
}

void add_hash(CLI::App& app, Run& run) {
  auto options = std::make_shared<HashOptions>();
  CLI::App* verb = app.add_subcommand(
      "hash", "Print the hash of a policy's meaning, or the canonical text it is taken of");
  verb->add_option("policy", options->argument,
                   "a policy: text, file, folder, or - for standard input")
      ->required();
  verb->add_flag("--canonical", options->canonical,
                 "print the canonical text: its SHA-256 is the hash");
  add_report_options(*verb, options->report);
  verb->footer("Example: lrc hash --canonical 'constant' | sha256sum");
  verb->callback([options, &run] { run = [options] { return hash(*options); }; });
}

}  // namespace lrc::cli
