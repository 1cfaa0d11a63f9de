// lrc range-test

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <memory>

#include <fmt/format.h>

#include "compiler/cli/cli.h"
#include "compiler/cli/look.h"
#include "compiler/cli/lr_range.h"
#include "compiler/picture/plot.h"

namespace lrc::cli {
namespace {

struct RangeOptions {
  double low = 1e-7, high = 1;
  std::int64_t updates = 200;
  std::string log;
  double smoothing = 0.9;
  SizeOptions size;
};

// The last update uses the upper end.
std::string policy_text(const RangeOptions& options) {
  return fmt::format(
      "# Learning-rate range test: log lr and loss of every update, then `lrc range-test --log "
      "FILE`.\n"
      "policy lr_range_test version 1 {{\n"
      "  peak {1}\n"
      "  run  {2} steps\n\n"
      "  lr = exponential from {0} to {1} for {3} steps then hold\n"
      "}}\n",
      options.low, options.high, options.updates, options.updates - 1);
}

// What lies in each column of the picture, whose x is ln(lr).
std::vector<picture::Column> columns_of(const std::vector<RangePoint>& points,
                                        const std::vector<double>& smoothed, std::size_t columns) {
  const double begin = std::log(points.front().lr);
  const double width = std::log(points[smoothed.size() - 1].lr) - begin;
  std::vector<picture::Column> all;
  std::size_t at = 0;
  for (std::size_t column = 0; column < columns; ++column) {
    const double end =
        begin + width * static_cast<double>(column + 1) / static_cast<double>(columns);
    picture::Column here{smoothed[at], smoothed[at], smoothed[at], smoothed[at]};
    while (at + 1 < smoothed.size() && std::log(points[at + 1].lr) <= end) {
      here.last = smoothed[++at];
      here.low = std::min(here.low, here.last);
      here.high = std::max(here.high, here.last);
    }
    all.push_back(here);
  }
  return all;
}

picture::Picture picture_of(const std::vector<RangePoint>& points, const RangeResult& result) {
  picture::Picture picture;
  picture.title = "smoothed loss by lr";
  picture.columns = [&](std::size_t columns) {
    return columns_of(points, result.smoothed, columns);
  };
  std::vector<std::string> labels;
  const double first = points.front().lr;
  const double last = points[result.smoothed.size() - 1].lr;
  for (int quarter = 0; quarter <= 4; ++quarter)
    labels.push_back(fmt::format("{:.1e}", first * std::pow(last / first, quarter / 4.0)));
  picture.positions = {std::move(labels)};
  return picture;
}

std::string suggestion(const std::vector<RangePoint>& points, const RangeResult& result) {
  std::string text;
  if (result.steepest)
    text += fmt::format("the loss falls most steeply at lr {:.2e}: a peak to begin with\n",
                        points[*result.steepest].lr);
  else
    text += "the loss never falls: begin lower, or look for another fault\n";
  if (result.diverged)
    text +=
        fmt::format("it diverges at lr {:.2e}: a peak of a tenth, {:.2e}, is on the safe side\n",
                    points[*result.diverged].lr, points[*result.diverged].lr / 10);
  else
    text += "it does not diverge: a higher end would tell more\n";
  return text;
}

int look(const RangeOptions& options) {
  Report report({});
  std::ifstream log(options.log);
  if (!log) {
    report.add(diagnostics::Code::E0004, fmt::format("`{}` cannot be read", options.log));
    return report.finish();
  }
  const auto points = read_range(log);
  if (!points) {
    report.add(diagnostics::Code::E0707, fmt::format("`{}` is no range test", options.log),
               points.error());
    return report.finish();
  }
  const RangeResult result = analyse(*points, options.smoothing);
  std::string text;
  if (result.smoothed.size() > 1)
    text = picture::draw(picture_of(*points, result), size_of(options.size));
  write(text + suggestion(*points, result));
  return exit_code::fine;
}

}  // namespace

void add_range_test(CLI::App& app, Run& run) {
  auto options = std::make_shared<RangeOptions>();
  CLI::App* verb = app.add_subcommand(
      "range-test",
      "Write the policy of a learning-rate range test; read its log into a suggestion");
  verb->add_option("--from", options->low, "lr of the first update")->capture_default_str();
  verb->add_option("--to", options->high, "lr of the last update")->capture_default_str();
  verb->add_option("--updates", options->updates, "how many")
      ->capture_default_str()
      ->check(CLI::Range(std::int64_t{3}, std::int64_t{1'000'000}));
  verb->add_option("--log", options->log,
                   "a log of the test: lines of JSON or CSV with `lr` and `loss`");
  verb->add_option("--smoothing", options->smoothing,
                   "weight of the losses before, from 0 to below 1")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 0.999));
  add_size_options(*verb, options->size);
  verb->footer(
      "Steepest is where the smoothed loss falls most for a change of ln lr; it diverges where it "
      "is\n"
      "above 4 times its least (Smith 2017, section 3.3, as fastai's lr_find reads it).\n"
      "Example: lrc range-test > range.lrp; lrc range-test --log losses.jsonl");
  verb->callback([options, &run] {
    if (!(options->low > 0 && options->low < options->high && std::isfinite(options->high)))
      throw CLI::ValidationError("--from", "is above 0 and below --to");
    run = [options] {
      if (!options->log.empty()) return look(*options);
      write(policy_text(*options));
      return exit_code::fine;
    };
  });
}

}  // namespace lrc::cli
