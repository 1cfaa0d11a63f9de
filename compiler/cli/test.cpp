// lrc test

#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compiler/cli/cli.h"
#include "compiler/cli/progress.h"
#include "compiler/diagnostics/render.h"
#include "compiler/prove/test.h"

namespace lrc::cli {
namespace {

using diagnostics::printable;
using Json = nlohmann::ordered_json;

struct TestOptions {
  std::vector<std::string> arguments;
  bool allow_empty = false;
  bool junit = false;
  ReportOptions report;
};

// One test of one input, and what came out.
struct Outcome {
  const Input* input;
  prove::Examined examined;
};

std::size_t met(const prove::Examined& examined) {
  return static_cast<std::size_t>(
      std::count_if(examined.answers.begin(), examined.answers.end(),
                    [](const prove::Answer& answer) { return answer.met; }));
}

std::string line(const Outcome& outcome) {
  const auto& [input, examined] = outcome;
  return fmt::format("{}: \"{}\": {}, {} of {} as expected\n", display_name(*input),
                     printable(examined.test->title), examined.passed() ? "passed" : "failed",
                     met(examined), examined.answers.size());
}

Json to_json(const prove::Answer& answer) {
  const source::Span span = answer.expectation->span;
  Json object = {{"text", printable(span.text())},
                 {"line", source::position(*span.source, span.begin).line},
                 {"met", answer.met}};
  const bool evaluated = answer.met || answer.issues.front().code == diagnostics::Code::E0803;
  object["expected"] = evaluated ? Json(answer.expected) : Json(nullptr);
  object["got"] = evaluated ? Json(answer.got) : Json(nullptr);
  object["ulp"] = evaluated ? Json(prove::distance(answer.got, answer.expected)) : Json(nullptr);
  return object;
}

std::string json(const std::vector<Outcome>& outcomes) {
  Json tests = Json::array();
  for (const auto& [input, examined] : outcomes) {
    Json expectations = Json::array();
    for (const prove::Answer& answer : examined.answers) expectations.push_back(to_json(answer));
    tests.push_back({{"policy", display_name(*input)},
                     {"file", input->is_path ? Json(printable(input->argument)) : Json(nullptr)},
                     {"title", printable(examined.test->title)},
                     {"passed", examined.passed()},
                     {"expectations", std::move(expectations)}});
  }
  return Json{{"tests", std::move(tests)}}.dump() + "\n";
}

std::string escaped(const std::string& text) {
  std::string built;
  for (const char letter : text) {
    if (letter == '&')
      built += "&amp;";
    else if (letter == '<')
      built += "&lt;";
    else if (letter == '>')
      built += "&gt;";
    else if (letter == '"')
      built += "&quot;";
    else
      built += letter;
  }
  return built;
}

std::string junit(const std::vector<Outcome>& outcomes) {
  const auto failures = std::count_if(outcomes.begin(), outcomes.end(), [](const Outcome& outcome) {
    return !outcome.examined.passed();
  });
  std::string text = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"lrc\" tests=\"{}\" "
      "failures=\"{}\">\n",
      outcomes.size(), failures);
  for (const auto& [input, examined] : outcomes) {
    text += fmt::format("  <testcase classname=\"{}\" name=\"{}\">\n",
                        escaped(display_name(*input)), escaped(printable(examined.test->title)));
    for (const prove::Answer& answer : examined.answers) {
      for (const diagnostics::Issue& issue : answer.issues)
        text += fmt::format("    <failure message=\"{}\"/>\n", escaped(printable(issue.message)));
    }
    text += "  </testcase>\n";
  }
  return text + "</testsuite>\n";
}

std::string products(const std::vector<Outcome>& outcomes, const TestOptions& options) {
  if (options.junit) return junit(outcomes);
  if (options.report.format == Format::json) return json(outcomes);
  std::string lines;
  for (const Outcome& outcome : outcomes) lines += line(outcome);
  return lines;
}

int test(const TestOptions& options) {
  Report report(options.report);
  const std::vector<Input> inputs = read_inputs(options.arguments, report);
  std::vector<Outcome> outcomes;
  Progress progress("test");
  for (const Input& input : inputs) {
    if (!input.compilation.policy) continue;
    for (const policy::Test& each : input.compilation.policy->policy.tests) {
      progress.at(each.title);
      outcomes.push_back({&input, prove::examine(*input.compilation.policy, each)});
      for (const prove::Answer& answer : outcomes.back().examined.answers)
        report.add(answer.issues);
    }
  }
  progress.end();
  if (outcomes.empty() && report.exit() == exit_code::fine && !options.allow_empty)
    report.add(
        diagnostics::Code::E0804, "there is no test here",
        "a test stands behind its policy, as in `test \"…\" for NAME { lr at step 0 is 1e-4 }`");
  write(products(outcomes, options));
  return report.finish();
}

}  // namespace

void add_test(CLI::App& app, Run& run) {
  auto options = std::make_shared<TestOptions>();
  CLI::App* verb = app.add_subcommand("test", "Run the tests that stand beside policies");
  verb->add_option("policy", options->arguments,
                   "policies: text, files, folders, or - for standard input")
      ->required();
  verb->add_flag("--allow-empty", options->allow_empty, "no test at all is fine");
  add_report_options(*verb, options->report);
  verb->remove_option(verb->get_option("--format"));
  const auto choose = [options = options.get()](const std::string& name) {
    options->junit = name == "junit";
    options->report.format = name == "json" ? Format::json : Format::human;
  };
  verb->add_option_function<std::string>("--format", choose, "human, json or junit")
      ->check(CLI::IsMember({"human", "json", "junit"}));
  verb->footer("Example: lrc test policies/");
  verb->callback([options, &run] { run = [options] { return test(*options); }; });
}

}  // namespace lrc::cli
