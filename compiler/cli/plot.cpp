// lrc plot

#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compiler/cli/cli.h"
#include "compiler/cli/look.h"
#include "compiler/diagnostics/render.h"
#include "compiler/picture/plot.h"

namespace lrc::cli {
namespace {

using Json = nlohmann::ordered_json;

struct PlotOptions {
  LookOptions look;
  SizeOptions size;
  std::string output = "lr";
  bool output_given = false;
};

// What is drawn, as numbers: the columns with the updates' lowest and highest value.
Json plot_json(const picture::Picture& drawn, const compile::CompiledPolicy& policy,
               const std::string& output, std::size_t width) {
  Json columns = Json::array();
  for (const picture::Column& column : drawn.columns(width))
    columns.push_back({{"low", column.low}, {"high", column.high}});
  Json phases = Json::array();
  for (const auto& phase : drawn.phases)
    phases.push_back({{"begin", phase.begin}, {"words", diagnostics::printable(phase.words)}});
  return {{"policy", policy.policy.name.empty() ? Json(nullptr) : Json(policy.policy.name)},
          {"hash", policy.hash},
          {"output", output},
          {"levels", drawn.level_suffix.empty() ? "value" : "x"},
          {"phases", std::move(phases)},
          {"columns", std::move(columns)},
          {"notes", drawn.notes}};
}

class Plot {
 public:
  explicit Plot(const PlotOptions& options) : options_(options), report_(options.look.report) {}

  int run() {
    for (const Input& input : read_inputs({options_.look.argument}, report_)) {
      if (input.compilation.policy) plot(input, *input.compilation.policy);
    }
    return report_.finish();
  }

 private:
  void plot(const Input& input, const compile::CompiledPolicy& policy) {
    // The learning rate, or what a policy without one schedules first.
    const auto outputs = policy.outputs();
    const bool has_rate = std::find(outputs.begin(), outputs.end(), "lr") != outputs.end();
    const std::string output =
        options_.output_given || has_rate ? options_.output : outputs.front();
    const auto look = cli::look(policy, options_.look, {output}, report_);
    if (!look) return;
    const std::string title = title_of(input) + look->in_group;
    const auto drawn = picture::picture_of(policy, look->view, 0, look->group_set, title);
    const picture::Size size = size_of(options_.size);
    if (report_.format() == Format::json)
      write(plot_json(drawn, policy, output, size.width).dump() + "\n");
    else
      write(picture::draw(drawn, size));
  }

  const PlotOptions& options_;
  Report report_;
};

}  // namespace

void add_plot(CLI::App& app, Run& run) {
  auto options = std::make_shared<PlotOptions>();
  CLI::App* verb = app.add_subcommand("plot", "Draw a schedule in the terminal");
  verb->add_option("policy", options->look.argument,
                   "a policy: text, file, folder, or - for standard input")
      ->required();
  add_look_options(*verb, options->look);
  CLI::Option* output =
      verb->add_option("--output", options->output, "the output to draw; lr if left out");
  add_size_options(*verb, options->size);
  verb->footer("Example: lrc plot 'warmup 6% linear then cosine to 0.01x'");
  verb->callback([options, output, &run] {
    options->output_given = output->count() > 0;
    if (!split_settings(options->look.settings, options->look.facts))
      throw CLI::ValidationError("--set", "takes NAME=VALUE");
    run = [options] { return Plot(*options).run(); };
  });
}

}  // namespace lrc::cli
