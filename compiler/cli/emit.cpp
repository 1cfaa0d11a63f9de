#include "compiler/cli/emit.h"

#include <algorithm>
#include <cctype>
#include <cerrno>

#include <fmt/format.h>

#include "compiler/compile/emit.h"
#include "compiler/source/limits.h"
#include "compiler/source/read.h"
#include "compiler/source/replace.h"
#include "runtime/host/groups.h"

namespace lrc::cli {
namespace {

using compile::CodeForm;
using compile::CodeRequest;
using diagnostics::Code;

bool is_identifier(const std::string& name) {
  const auto is_part = [](unsigned char c) { return c == '_' || std::isalnum(c) != 0; };
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0 &&
         std::all_of(name.begin(), name.end(), is_part);
}

// The lines of a file.
std::optional<std::vector<std::string>> names_in(const std::string& path, Report& report) {
  const auto file = source::read(path);
  if (!file || (*file)->text.size() > source::maximum_source_bytes) {
    report.add(Code::E0004, fmt::format("`{}` cannot be read", path),
               file ? fmt::format("it has more than {} bytes", source::maximum_source_bytes)
                    : file.error().reason);
    return std::nullopt;
  }
  std::vector<std::string> names;
  for (std::string& line : CLI::detail::split((*file)->text, '\n')) {
    CLI::detail::trim(line);
    if (!line.empty()) names.push_back(std::move(line));
  }
  return names;
}

class Emission {
 public:
  Emission(const EmitOptions& options, const ReportOptions& report)
      : options_(options), form_(*compile::code_form(options.form)), report_(report) {}

  int run(const std::vector<std::string>& arguments) {
    const std::vector<Input> inputs = read_inputs(arguments, report_);
    if (inputs.size() > 1)
      report_.add(Code::E0406, "`--emit` takes one policy", "a file is written for each call");
    if (inputs.size() == 1 && inputs[0].compilation.policy) policy(*inputs[0].compilation.policy);
    return report_.finish();
  }

 private:
  void policy(const compile::CompiledPolicy& policy) {
    if (form_ == CodeForm::canonical) return write_out(policy.canonical);
    const auto request = this->request(policy);
    if (!request) return;
    auto sets = bound_sets(policy, options_, report_);
    if (!sets) return;
    compile::Binding binding = compile::bind(policy, options_.facts, {}, std::move(*sets));
    for (const auto& source : binding.sources) report_.keep(source);
    report_.add(std::move(binding.issues));
    if (!binding.bound) return;
    const auto text = compile::emit(binding.bound->program, *request);
    if (text) return write_out(*text);
    std::string reason = text.error();
    std::replace(reason.begin(), reason.end(), '\n', ' ');
    const Code code =
        compile::too_large_for_jit(binding.bound->program) ? Code::E0911 : Code::E0004;
    report_.add(code, fmt::format("`--emit {}` is not possible", options_.form), std::move(reason));
  }

  std::optional<CodeRequest> request(const compile::CompiledPolicy& policy) {
    CodeRequest result{form_, options_.target, options_.name, LRC_VERSION};
    if (result.name.empty()) result.name = compile::default_code_name(policy);
    if (!is_identifier(result.name)) {
      report_.add(Code::E0406, fmt::format("`{}` cannot begin the names of functions", result.name),
                  "`--name` takes letters, digits and `_`, and begins with no digit");
      return std::nullopt;
    }
    const std::vector<std::string> targets = compile::targets_of(form_);
    if (result.target.empty() || std::ranges::find(targets, result.target) != targets.end()) {
      return result;
    }
    report_.add(Code::E0406,
                fmt::format("`--emit {}` has no target `{}`", options_.form, result.target),
                targets.empty() ? "it is the same for all machines"
                                : fmt::format("it has {}", fmt::join(targets, ", ")));
    return std::nullopt;
  }

  void write_out(const std::string& text) {
    if (options_.path.empty() || options_.path == "-") return write(text);
    const auto written = source::replace(options_.path, text);
    if (!written) {
      report_.add(Code::E0004, fmt::format("`{}` cannot be written", options_.path),
                  written.error());
    }
  }

  const EmitOptions& options_;
  CodeForm form_;
  Report report_;
};

}  // namespace

void add_emit_options(CLI::App& verb, EmitOptions& options) {
  verb.add_option("--emit", options.form,
                  "write the policy, bound to its facts, as a file for other programs")
      ->check(CLI::IsMember(compile::code_form_words()));
  verb.add_option("-o,--output", options.path,
                  "the file to write; without --emit an artifact, policy.lrpc");
  verb.add_option("--target", options.target,
                  "the machine to emit for, such as x86-64-v3, aarch64 or sm_90; an artifact takes "
                  "several, with commas");
  verb.add_option("--name", options.name,
                  "what the names of emitted functions begin with; the policy's name without it");
  verb.add_option(
      "--parameters", options.parameters,
      "a file with the names of a model's parameters, one a line: values for the sets of "
      "groups that apply to them, and not for each group alone");
  add_fact_options(verb, options.facts);
  verb.add_option("--set", options.settings, "NAME=VALUE of a parameter (repeatable)")
      ->take_all()
      ->allow_extra_args(false);
}

std::optional<std::vector<runtime::GroupSet>> bound_sets(const compile::CompiledPolicy& policy,
                                                         const EmitOptions& options,
                                                         Report& report) {
  if (options.parameters.empty()) return compile::emitted_sets(policy);
  const auto names = names_in(options.parameters, report);
  if (!names) return std::nullopt;
  std::vector<runtime::Group> groups;
  for (const policy::Group& group : policy.policy.groups)
    groups.push_back({group.name, group.patterns});
  auto assignment = runtime::assign_groups(groups, *names);
  if (assignment) return std::move(assignment->group_sets);
  std::string reason = assignment.error();
  std::replace(reason.begin(), reason.end(), '\n', ';');
  report.add(Code::E0406,
             fmt::format("`--parameters {}` does not go with the policy", options.parameters),
             reason);
  return std::nullopt;
}

int emit_policy(const std::vector<std::string>& arguments, const EmitOptions& options,
                const ReportOptions& report) {
  return Emission(options, report).run(arguments);
}

}  // namespace lrc::cli
