// lrc simulate

#include <algorithm>
#include <fstream>
#include <istream>
#include <memory>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compiler/cli/cli.h"
#include "compiler/cli/metrics.h"
#include "compiler/cli/rows.h"
#include "compiler/cli/synthetic.h"
#include "compiler/diagnostics/render.h"
#include "compiler/picture/plot.h"

namespace lrc::cli {
namespace {

using diagnostics::Code;

struct SimulateOptions {
  std::string argument;
  compile::FactTexts facts;
  std::vector<std::string> settings;
  std::string metrics;  // a path
  std::vector<std::string> synthetic;
  std::vector<Synthetic> courses;  // of `synthetic`
  std::int64_t updates = 1000;     // of them
  std::uint64_t seed = 0;
  std::vector<std::string> outputs;
  std::string group;
  std::string backend = "interp";
  RowFormat format = RowFormat::table;
  bool strict = false;
};

// What happened besides the values.
struct Events {
  std::vector<std::vector<std::int64_t>> fired;       // by rule: after which updates
  std::vector<std::vector<std::int64_t>> not_finite;  // by metric
};

class Simulation {
 public:
  explicit Simulation(const SimulateOptions& options)
      : options_(options),
        report_(
            {options.format == RowFormat::json ? Format::json : Format::human, options.strict}) {}

  int run() {
    const std::vector<Input> inputs = read_inputs({options_.argument}, report_);
    if (inputs.size() > 1)
      report_.add(Code::E0406, "`simulate` takes one policy", "the folder holds several");
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
    const auto compiled = compiled_for(options_.backend, binding.bound->program, report_);
    if (!compiled) return;
    const runtime::Schedule schedule(std::move(binding.bound->program), *compiled);
    open(policy.policy, schedule, sets->size() - 1);
  }

  std::unique_ptr<std::istream> metrics_stream() const {
    if (options_.courses.empty()) return std::make_unique<std::ifstream>(options_.metrics);
    return std::make_unique<std::istringstream>(
        synthetic_metrics(options_.courses, options_.updates, options_.seed));
  }

  void open(const policy::Policy& policy, const runtime::Schedule& schedule,
            std::size_t group_set) {
    const std::unique_ptr<std::istream> stream = metrics_stream();
    if (!*stream) {
      report_.add(Code::E0004, fmt::format("`{}` cannot be read", options_.metrics));
      return;
    }
    auto metrics = Metrics::open(*stream, schedule.program().metrics);
    if (metrics)
      rows(policy, schedule, group_set, *metrics);
    else
      unusable(metrics.error());
  }

  void unusable(const std::string& reason) {
    report_.add(Code::E0707,
                options_.courses.empty() ? fmt::format("`{}` gives no metrics", options_.metrics)
                                         : "`--synthetic` gives no metric of a rule",
                diagnostics::printable(reason));
  }

  // Row by row, as a trainer would: the values of an update, then what it led to.
  void rows(const policy::Policy& policy, const runtime::Schedule& schedule, std::size_t group_set,
            Metrics& metrics) {
    const runtime::Program& program = schedule.program();
    runtime::RulesState state = runtime::rules_at_rest(program);
    Events events{std::vector<std::vector<std::int64_t>>(program.rules.size()),
                  std::vector<std::vector<std::int64_t>>(program.metrics.size())};
    std::vector<double> values(program.slots.size()), factors(program.reactions.size());
    Rows rows(options_.format, program.outputs);
    rows.head(program.identity);
    auto row = metrics.next();
    for (; row && *row; row = metrics.next()) {
      runtime::factors_at(program, state, (*row)->step, factors);
      schedule.evaluate((*row)->step, values, factors);
      rows.row((*row)->step,
               std::span(values).subspan(program.slot(0, group_set), program.outputs.size()));
      observe(program, state, **row, events);
    }
    rows.foot(options_.format == RowFormat::json ? events_json(events)
                                                 : events_text(policy, program, metrics, events));
    if (!row) unusable(row.error());
  }

  static void observe(const runtime::Program& program, runtime::RulesState& state,
                      const MetricsRow& row, Events& events) {
    for (std::size_t k = 0; k < row.values.size(); ++k) {
      if (!row.values[k]) continue;
      const runtime::Observation seen = runtime::observe(program, state, program.metrics[k],
                                                         *row.values[k], row.step, row.step + 1);
      if (seen.outcome == runtime::Observation::Outcome::not_finite)
        events.not_finite[k].push_back(row.step);
      for (const std::uint32_t rule : seen.fired) {
        if (events.fired[rule].empty() || events.fired[rule].back() != row.step)
          events.fired[rule].push_back(row.step);
      }
    }
  }

  static std::string events_json(const Events& events) {
    return fmt::format(",\"fired\":{}", nlohmann::json(events.fired).dump());
  }

  // `updates 3, 14, 15 and 7 more`
  static std::string listed(const std::vector<std::int64_t>& steps) {
    constexpr std::size_t shown = 8;
    const std::span first(steps.data(), std::min(shown, steps.size()));
    std::string text =
        fmt::format("update{} {}", steps.size() == 1 ? "" : "s", fmt::join(first, ", "));
    if (steps.size() > shown) text += fmt::format(" and {} more", steps.size() - shown);
    return text;
  }

  static std::string events_text(const policy::Policy& policy, const runtime::Program& program,
                                 const Metrics& metrics, const Events& events) {
    std::string text;
    for (std::size_t k = 0; k < program.rules.size(); ++k) {
      const policy::Rule& rule = policy.rules[program.rules[k].number];
      text += fmt::format(
          "\n{}\n  {}\n", diagnostics::printable(picture::words(rule.span)),
          events.fired[k].empty() ? "never fired" : "fired after " + listed(events.fired[k]));
      if (!events.fired[k].empty() && !program.rules[k].signals.empty())
        text += fmt::format("  and sent {}\n", fmt::join(program.rules[k].signals, ", "));
    }
    for (std::size_t k = 0; k < program.metrics.size(); ++k) {
      if (!events.not_finite[k].empty())
        text += fmt::format("\n`{}` was not finite after {}\n", program.metrics[k],
                            listed(events.not_finite[k]));
    }
    for (const std::string& metric : metrics.absent())
      text += fmt::format("\n`{}` has no column: no rule has seen it\n", metric);
    return text;
  }

  const SimulateOptions& options_;
  Report report_;
};

}  // namespace

void add_simulate(CLI::App& app, Run& run) {
  auto options = std::make_shared<SimulateOptions>();
  CLI::App* verb = app.add_subcommand(
      "simulate", "Print the values that updates use while rules see the metrics of a file");
  verb->add_option("policy", options->argument, "a policy: text, file, or - for standard input")
      ->required();
  verb->add_option("--metrics", options->metrics,
                   "a CSV file: row k, in columns named as the metrics, is seen after update k; a "
                   "column `step` says which update k is");
  verb->add_option("--synthetic", options->synthetic,
                   "METRIC=COURSE instead of a file (repeatable); a course is falling, plateau, "
                   "spike or nan")
      ->take_all()
      ->allow_extra_args(false)
      ->excludes("--metrics");
  verb->add_option("--updates", options->updates, "of a synthetic metric")
      ->capture_default_str()
      ->check(CLI::Range(std::int64_t{3}, std::int64_t{10'000'000}));
  verb->add_option("--seed", options->seed, "of a synthetic metric")->capture_default_str();
  add_fact_options(*verb, options->facts);
  verb->add_option("--set", options->settings, "NAME=VALUE of a parameter (repeatable)")
      ->take_all()
      ->allow_extra_args(false);
  verb->add_option("--output", options->outputs, "an output (repeatable); all of them if left out")
      ->take_all()
      ->allow_extra_args(false);
  verb->add_option("--group", options->group,
                   "the values in this group; outside any group if left out");
  add_backend_option(*verb, options->backend);
  add_format_option(*verb, options->format, "human");
  verb->add_flag("--strict", options->strict, "a warning is a finding");
  verb->footer("Example: lrc simulate policy.lrp --metrics losses.csv --format csv");
  verb->callback([options, &run] {
    if (!split_settings(options->settings, options->facts))
      throw CLI::ValidationError("--set", "takes NAME=VALUE");
    for (const std::string& text : options->synthetic) {
      const auto course = parse_synthetic(text);
      if (!course) throw CLI::ValidationError("--synthetic", course.error());
      options->courses.push_back(*course);
    }
    if (options->metrics.empty() && options->courses.empty())
      throw CLI::RequiredError("--metrics or --synthetic");
    run = [options] { return Simulation(*options).run(); };
  });
}

}  // namespace lrc::cli
