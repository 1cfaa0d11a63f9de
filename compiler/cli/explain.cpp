// lrc explain POLICY | CODE | --name NAME

#include <algorithm>
#include <cctype>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compiler/cli/cli.h"
#include "compiler/cli/look.h"
#include "compiler/diagnostics/explain/pages.h"
#include "compiler/picture/table.h"

namespace lrc::cli {
namespace {

struct ExplainOptions {
  LookOptions look;
  SizeOptions size;
  std::string name;
};

// --- lrc explain E0102

bool is_code(std::string_view text) {
  constexpr std::size_t length = 5;  // a letter and four digits
  return text.size() == length && std::isalpha(static_cast<unsigned char>(text[0])) != 0 &&
         std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

int explain_code(std::string code, Format format) {
  code[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(code[0])));
  std::vector<std::string> known;
  for (const diagnostics::Page& page : diagnostics::explain_pages()) {
    if (page.name == code) {
      const nlohmann::ordered_json object = {{"code", page.name}, {"page", page.text}};
      write(format == Format::json ? object.dump() + "\n" : std::string(page.text));
      return exit_code::fine;
    }
    known.emplace_back(page.name);
  }
  std::string hint = "a diagnostic shows its code in brackets, as in `error[E0102]`";
  if (const auto guess = diagnostics::closest(code, known))
    hint = fmt::format("did you mean `{}`? {}", *guess, hint);
  return explain_failed(fmt::format("no diagnostic has the code `{}`", code), hint);
}

// --- lrc explain POLICY

int explain_policy(const ExplainOptions& options) {
  Report report(options.look.report);
  std::size_t written = 0;
  for (const Input& input : read_inputs({options.look.argument}, report)) {
    if (!input.compilation.policy) continue;
    const compile::CompiledPolicy& policy = *input.compilation.policy;
    const auto look = cli::look(policy, options.look, policy.outputs(), report);
    if (!look) continue;
    const picture::Explained explained{policy, look->view, options.look.facts, title_of(input)};
    if (report.format() == Format::json)
      write(picture::table_json(explained).dump() + "\n");
    else
      write((written++ > 0 ? "\n" : "") + picture::table(explained));
  }
  return report.finish();
}

}  // namespace

void add_explain(CLI::App& app, Run& run) {
  auto options = std::make_shared<ExplainOptions>();
  CLI::App* verb =
      app.add_subcommand("explain", "Show the phases of a policy, or explain a diagnostic");
  CLI::Option* argument = verb->add_option(
      "policy", options->look.argument,
      "a policy (text, file, folder, or - for standard input), or a code such as E0102");
  add_look_options(*verb, options->look);
  verb->remove_option(verb->get_option("--group"));
  CLI::Option* name =
      verb->add_option("--name", options->name, "a name of the standard library, such as cosine");
  name->excludes(argument);
  add_size_options(*verb, options->size);
  verb->footer(
      "Example: lrc explain 'warmup 6% linear then cosine to 0.01x' --run '100K steps' "
      "--peak 3e-4");
  verb->callback([options, argument, name, &run] {
    if (argument->count() == 0 && name->count() == 0)
      throw CLI::RequiredError("a policy, a code or --name");
    if (!split_settings(options->look.settings, options->look.facts))
      throw CLI::ValidationError("--set", "takes NAME=VALUE");
    run = [options, by_name = name->count() > 0] {
      if (by_name) return explain_name(options->name, options->size);
      if (is_code(options->look.argument))
        return explain_code(options->look.argument, options->look.report.format);
      return explain_policy(*options);
    };
  });
}

}  // namespace lrc::cli
