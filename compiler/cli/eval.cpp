// lrc eval

#include <algorithm>
#include <map>
#include <memory>

#include <fmt/format.h>

#include "compiler/cli/artifact.h"
#include "compiler/cli/cli.h"
#include "compiler/cli/rows.h"
#include "compiler/syntax/number.h"
#include "runtime/host/schedule.h"

namespace lrc::cli {
namespace {

using diagnostics::Code;
using diagnostics::Fix;
using diagnostics::Issue;

struct EvalOptions {
  std::string argument;
  compile::FactTexts facts;
  std::vector<std::string> settings;
  std::optional<std::string> at, every, steps;  // one of them
  std::vector<std::string> outputs;
  std::string group;
  std::string backend = "interp";
  RowFormat format = RowFormat::table;
  bool strict = false;
};

// A count of updates: `6000`, `10K`. Nothing when it is no whole number in [0, 2^63).
std::optional<std::int64_t> count(std::string_view text) {
  const bool plain =
      !text.empty() && text.find_first_not_of("0123456789_.eE+KMBTi") == std::string_view::npos;
  constexpr std::size_t longest = 40;
  const auto value = plain && text.size() <= longest ? syntax::parse_number(text) : std::nullopt;
  if (!value || exact::denominator(*value) != 1 || *value > runtime::maximum_step)
    return std::nullopt;
  return exact::numerator(*value).convert_to<std::int64_t>();
}

// Which updates: a list, or first, last and stride.
struct Positions {
  std::vector<std::int64_t> list;
  std::int64_t first = 0, last = -1, stride = 1;
};

std::optional<Positions> list_of(const std::string& text) {
  Positions positions;
  if (text.empty()) return std::nullopt;
  for (const std::string& item : CLI::detail::split(text, ',')) {
    const auto step = count(CLI::detail::trim_copy(item));
    if (!step) return std::nullopt;
    positions.list.push_back(*step);
  }
  return positions;
}

std::optional<Positions> range_of(const std::string& text) {
  const std::size_t dots = text.find("..");
  if (dots == std::string::npos) return std::nullopt;
  const auto first = count(text.substr(0, dots));
  const auto last = count(text.substr(dots + 2));
  if (!first || !last || *first > *last) return std::nullopt;
  return Positions{{}, *first, *last, 1};
}

// Every N below the run.
std::optional<Positions> stride_of(const std::string& text, const exact::Rational& run) {
  const auto stride = count(text);
  if (!stride || *stride == 0) return std::nullopt;
  const exact::Integer last = exact::ceiling(run) - 1;
  return Positions{
      {},
      0,
      last > runtime::maximum_step ? runtime::maximum_step : last.convert_to<std::int64_t>(),
      *stride};
}

void for_each(const Positions& positions, const std::function<void(std::int64_t)>& visit) {
  for (const std::int64_t step : positions.list) visit(step);
  for (std::int64_t step = positions.first; step <= positions.last; step += positions.stride) {
    visit(step);
    if (step > positions.last - positions.stride) break;  // no overflow at the end of time
  }
}

class Eval {
 public:
  explicit Eval(const EvalOptions& options)
      : options_(options),
        report_(
            {options.format == RowFormat::json ? Format::json : Format::human, options.strict}) {}

  int run() {
    if (names_artifact(options_.argument)) {
      if (const auto read = read_artifact(options_.argument, report_)) artifact(*read);
      return report_.finish();
    }
    const std::vector<Input> inputs = read_inputs({options_.argument}, report_);
    if (inputs.size() > 1)
      report_.add(Code::E0406, "`eval` takes one policy", "the folder holds several");
    if (inputs.size() == 1 && inputs[0].compilation.policy) policy(*inputs[0].compilation.policy);
    return report_.finish();
  }

 private:
  void policy(const compile::CompiledPolicy& policy) {
    const std::vector<std::string> all = policy.outputs();
    for (const std::string& output : options_.outputs) {
      if (!known(all, output, "output", report_)) return;
    }
    const std::vector<std::string>& outputs = options_.outputs.empty() ? all : options_.outputs;
    const auto sets = sets_for(policy.policy, options_.group, report_);
    if (!sets) return;
    compile::Binding binding = compile::bind(policy, options_.facts, outputs, *sets);
    for (const auto& source : binding.sources) report_.keep(source);
    report_.add(std::move(binding.issues));
    if (!binding.bound) return;
    const auto positions = chosen(policy.policy.name_span, binding.bound->run);
    if (!positions || !before_end(policy.policy.name_span, *positions, binding.bound->program))
      return;
    const auto compiled = compiled_for(options_.backend, binding.bound->program, report_);
    if (compiled)
      rows(*positions, runtime::Schedule(std::move(binding.bound->program), *compiled), outputs,
           sets->size() - 1);
  }

  // Of an artifact: what it is bound to has been decided.
  void artifact(const ReadArtifact& read) {
    const auto& program = read.artifact.program();
    if (!program || gives_facts(options_.facts)) return bound_elsewhere(read.facts);
    for (const std::string& output : options_.outputs) {
      if (!known(program->outputs, output, "output", report_)) return;
    }
    const auto set = set_in(*program);
    std::optional<exact::Rational> run;
    if (read.facts.updates) run = *read.facts.updates;
    const auto positions = set ? chosen({}, run) : std::nullopt;
    if (!positions || !before_end({}, *positions, *program)) return;
    const bool native = options_.backend == "jit" && !read.artifact.code().empty();
    const auto code =
        native ? read.artifact.native() : tl::make_unexpected(std::string("not asked for"));
    auto compiled = code ? code->values() : compiled_for(options_.backend, *program, report_);
    const auto& outputs = options_.outputs.empty() ? program->outputs : options_.outputs;
    if (compiled) rows(*positions, runtime::Schedule(*program, *compiled), outputs, *set);
  }

  void bound_elsewhere(const compile::ArtifactFacts& facts) {
    if (facts.needs.empty())
      report_.add(Code::E0406, "an artifact is bound to its facts already",
                  "leave --run, --peak, --batch, --rate and --set out, or evaluate the policy");
    else
      report_.add(Code::E0401,
                  fmt::format("the artifact still needs: {}", fmt::join(facts.needs, ", ")),
                  "give the facts to `lrc compile -o`, or evaluate the policy");
  }

  // The set of groups that was asked for, among those of the program.
  std::optional<std::size_t> set_in(const runtime::Program& program) {
    if (options_.group.empty()) return 0;
    std::vector<std::string> names;
    for (const runtime::Group& group : program.groups) names.push_back(group.name);
    if (!known(names, options_.group, "group", report_)) return std::nullopt;
    const auto group = std::find(names.begin(), names.end(), options_.group) - names.begin();
    const runtime::GroupSet wanted = {static_cast<std::uint32_t>(group)};
    const auto& sets = program.group_sets;
    const auto found = std::find(sets.begin(), sets.end(), wanted);
    if (found != sets.end()) return static_cast<std::size_t>(found - sets.begin());
    report_.add(Code::E0406,
                fmt::format("the artifact has no values for group `{}` alone", options_.group),
                "`--parameters` told it which groups apply together");
    return std::nullopt;
  }

  std::optional<Positions> chosen(const source::Span& place,
                                  const std::optional<exact::Rational>& run) {
    if (options_.every && !run) {
      report_.add(Issue{Code::E0401,
                        place,
                        "`--every` goes up to the end of the run, and its length is not known",
                        "",
                        {},
                        "",
                        Fix{"pass `--run '100K steps'`, or state `run 100K steps` in the policy",
                            std::nullopt, ""}});
      return std::nullopt;
    }
    const auto positions = options_.at      ? list_of(*options_.at)
                           : options_.steps ? range_of(*options_.steps)
                                            : stride_of(*options_.every, *run);
    if (!positions) {
      const std::string flag = options_.at      ? "--at " + *options_.at
                               : options_.steps ? "--steps " + *options_.steps
                                                : "--every " + *options_.every;
      report_.add(Code::E0406, fmt::format("`{}` names no updates", flag),
                  "updates are whole numbers from 0, as in `--at 0,1,5999`, `--steps 0..99`, "
                  "`--every 100`");
    }
    return positions;
  }

  // `past end error`: what lies there has no value, and the last level would pass for one.
  bool before_end(const source::Span& place, const Positions& positions,
                  const runtime::Program& program) {
    if (program.end == runtime::maximum_step) return true;  // no end
    std::optional<std::int64_t> behind;
    for_each(positions, [&](std::int64_t step) {
      if (step >= program.end && !behind) behind = step;
    });
    if (!behind) return true;
    report_.add(Issue{Code::E0507,
                      place,
                      fmt::format("update {} is behind the end", *behind),
                      "",
                      {},
                      fmt::format("the policy says `past end error`, and the last update with a "
                                  "value is {}",
                                  program.end - 1),
                      std::nullopt});
    return false;
  }

  // Of these outputs of the schedule's, in their order.
  void rows(const Positions& positions, const runtime::Schedule& schedule,
            const std::vector<std::string>& outputs, std::size_t group_set) {
    const runtime::Program& bound = schedule.program();
    std::map<std::string_view, std::size_t> numbers;
    for (const std::string& output : bound.outputs) numbers.emplace(output, numbers.size());
    std::vector<std::size_t> slots;
    for (const std::string& output : outputs)
      slots.push_back(bound.slot(numbers.at(output), group_set));
    Rows rows(options_.format, outputs);
    rows.head(bound.identity);
    std::vector<double> values(bound.slots.size());
    std::vector<double> row(slots.size());
    for_each(positions, [&](std::int64_t step) {
      schedule.evaluate(step, values);
      for (std::size_t k = 0; k < slots.size(); ++k) row[k] = values[slots[k]];
      rows.row(step, row);
    });
    rows.foot();
  }

  const EvalOptions& options_;
  Report report_;
};

}  // namespace

void add_eval(CLI::App& app, Run& run) {
  auto options = std::make_shared<EvalOptions>();
  CLI::App* verb = app.add_subcommand("eval", "Print the values that updates use");
  verb->add_option("policy", options->argument, "a policy: text, file, or - for standard input")
      ->required();
  add_fact_options(*verb, options->facts);
  verb->add_option("--set", options->settings, "NAME=VALUE of a parameter (repeatable)")
      ->take_all()
      ->allow_extra_args(false);
  CLI::Option_group* positions =
      verb->add_option_group("positions", "Which updates, counted from 0");
  positions->add_option("--at", options->at, "updates, such as 0,1,5999");
  positions->add_option("--every", options->every, "every N-th update below the run");
  positions->add_option("--steps", options->steps, "A..B, both ends");
  positions->require_option(1);
  verb->add_option("--output", options->outputs, "an output (repeatable); all of them if left out")
      ->take_all()
      ->allow_extra_args(false);
  verb->add_option("--group", options->group,
                   "the values in this group; outside any group if left out");
  add_backend_option(*verb, options->backend);
  add_format_option(*verb, options->format, "table");
  verb->add_flag("--strict", options->strict, "a warning is a finding");
  verb->footer(
      "Example: lrc eval 'warmup 6% linear then cosine to 0.01x' --run '100K steps' --peak 3e-4 "
      "--at 0,5999,6000");
  verb->callback([options, &run] {
    if (!split_settings(options->settings, options->facts))
      throw CLI::ValidationError("--set", "takes NAME=VALUE");
    run = [options] { return Eval(*options).run(); };
  });
}

}  // namespace lrc::cli
