// Trains a small character-level language model whose learning rates, weight decay and gradient
// clipping come from a policy, compiled at the start of the run.

#include <torch/torch.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checkpoint.h"
#include "model.h"
#include "report.h"
#include "runtime/abi/lrc.hpp"
#include "runtime/torch/optimizer.h"
#include "text.h"

namespace char_lm {
namespace {

enum ExitCode { fine = 0, refused = 1, wrong_call = 2, environment = 3 };

// Why the trainer stops early.
struct Failure {
  ExitCode code;
  std::string text;
};

template <typename Value>
using Result = tl::expected<Value, Failure>;

tl::unexpected<Failure> fail(ExitCode code, std::string text) {
  return tl::make_unexpected(Failure{code, std::move(text)});
}

struct Options {
  std::string policy = "examples/char_lm/char_lm.lrp";
  std::string data = "/usr/share/games/fortunes";
  std::int64_t steps_to = 800;
  std::string save;
  std::string resume;
  std::string word;
  std::string log;
  std::optional<std::int64_t> threads;
  std::uint64_t seed = 1;
};

void add_options(CLI::App& app, Options& options) {
  app.add_option("--policy", options.policy, "policy file")->capture_default_str();
  app.add_option("--data", options.data, "folder of text files")->capture_default_str();
  app.add_option("--steps-to", options.steps_to, "stop when this many updates are complete")
      ->check(CLI::Range(1, 1'000'000'000))
      ->capture_default_str();
  app.add_option("--save", options.save, "write a checkpoint here at the end");
  app.add_option("--resume", options.resume, "go on from this checkpoint");
  app.add_option("--policy-changed", options.word,
                 "how to go on under another policy: keep, rebind, \"rewarm over 50 steps\", "
                 "\"blend over 50 steps\" or \"rewind to 300\"");
  app.add_option("--log", options.log, "write every update here, numbers as hex floats");
  app.add_option("--threads", options.threads,
                 "threads of torch; 1, or as in the checkpoint: the order of sums depends on it")
      ->check(CLI::Range(1, 256));
  app.add_option("--seed", options.seed, "for weights, dropout and the order of the data")
      ->capture_default_str();
  app.footer(
      "Example: char_lm --steps-to 400 --save half.pt && "
      "char_lm --resume half.pt --steps-to 800");
}

// Found out now rather than after the training that it would lose.
Result<void> check_folder_of(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path();
  if (folder.empty() || std::filesystem::is_directory(folder)) return {};
  return fail(environment, "cannot write " + path + ": there is no folder " + folder.string());
}

// Opens the checkpoint to resume from, if there is one, and refuses what would change the bits.
Result<std::optional<Checkpoint>> open_checkpoint(const Options& options, const Text& text) {
  if (options.resume.empty()) return std::nullopt;
  auto checkpoint = Checkpoint::open(options.resume);
  if (!checkpoint) return fail(environment, checkpoint.error());
  const Header& header = checkpoint->header();
  if (header.text_sha256 != text.sha256) {
    return fail(refused, "cannot resume: the text in " + options.data +
                             " is not the one that the checkpoint was trained on");
  }
  if (options.threads && *options.threads != header.threads) {
    return fail(refused, "cannot resume: the checkpoint was made with " +
                             std::to_string(header.threads) + " threads, and " +
                             std::to_string(*options.threads) +
                             " add numbers in another order; leave --threads out");
  }
  return std::move(*checkpoint);
}

// Makes torch's results a function of its inputs: on one machine, the same bits every time.
void set_up_torch(std::int64_t threads, std::uint64_t seed) {
  torch::set_num_threads(static_cast<int>(threads));
  torch::set_num_interop_threads(1);
  at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/false);
  torch::manual_seed(seed);
}

// A policy, bound to the parameters of a model.
struct BoundPolicy {
  lrc::Run run;
  lrc::libtorch::ParameterGroups parameters;
};

Result<BoundPolicy> bind_policy(const std::string& path, const Model& model) {
  const auto policy = lrc::Policy::open(path);
  if (!policy) return fail(refused, policy.error().text);
  const auto parameters = lrc::libtorch::trainable_parameters(*model);
  auto run = policy->bind({.names = parameters.names});
  if (!run) return fail(refused, path + ": " + run.error().text);
  auto groups = lrc::libtorch::parameter_groups(parameters, *run);
  return BoundPolicy{std::move(*run), std::move(groups)};
}

std::vector<std::string> group_names(const lrc::libtorch::OptimizerSchedule& rates,
                                     std::size_t groups) {
  std::vector<std::string> names;
  for (std::size_t group = 0; group < groups; ++group) names.push_back(rates.group_name(group));
  return names;
}

double loss_and_gradients(Model& model, torch::optim::Optimizer& optimizer, Batches& batches) {
  const auto [characters, following] = batches.next();
  const auto scores = model(characters);
  const auto loss = torch::nn::functional::cross_entropy(scores.flatten(0, 1), following.flatten());
  optimizer.zero_grad();
  loss.backward();
  return static_cast<double>(loss.item<float>());
}

// Trains until the run stands at `steps_to`, logging and showing every update.
void train(const Training& training, lrc::Run& run, lrc::libtorch::OptimizerSchedule& rates,
           const std::vector<std::string>& groups, std::int64_t steps_to, Log& log) {
  Progress progress(run.step(), steps_to, groups);
  Update update{0, std::vector<double>(groups.size()), 0.0};
  while (run.step() < steps_to) {
    rates.apply();
    update.step = run.step();
    for (std::size_t group = 0; group < update.rates.size(); ++group) {
      // Read back from the optimizer: what is logged is what the update uses.
      update.rates[group] = training.optimizer.param_groups()[group].options().get_lr();
    }
    update.loss = loss_and_gradients(training.model, training.optimizer, training.batches);
    if (const auto limit = rates.value("grad_clip")) {
      torch::nn::utils::clip_grad_norm_(training.model->parameters(), *limit);
    }
    training.optimizer.step();
    run.advance();
    log.write(update);
    progress.show(update);
  }
}

std::string introduction(const Text& text, const Model& model, const lrc::Run& run,
                         std::size_t groups) {
  std::int64_t numbers = 0;
  for (const auto& parameter : model->parameters()) numbers += parameter.numel();
  return "policy " + run.policy() + " version " + run.version() + ", " + run.hash() + "\n" +
         std::to_string(numbers) + " parameters in " + std::to_string(groups) + " groups, " +
         std::to_string(text.characters.size()) + " characters of text\n";
}

Result<void> run(const Options& options) {
  if (auto checked = check_folder_of(options.save); !checked) return checked;
  const auto text = read_text(options.data);
  if (!text) return fail(environment, text.error());
  auto checkpoint = open_checkpoint(options, *text);
  if (!checkpoint) return tl::make_unexpected(checkpoint.error());
  const std::int64_t threads =
      *checkpoint ? (*checkpoint)->header().threads : options.threads.value_or(1);
  set_up_torch(threads, options.seed);

  Model model(text->alphabet_size);
  Batches batches(text->characters);
  auto bound = bind_policy(options.policy, model);
  if (!bound) return tl::make_unexpected(bound.error());
  lrc::Run& run = bound->run;
  torch::optim::AdamW optimizer(bound->parameters.groups, torch::optim::AdamWOptions());
  std::vector<std::string> handled;
  if (run.output("grad_clip")) handled.emplace_back("grad_clip");
  auto rates = lrc::libtorch::OptimizerSchedule::attach(optimizer, run, bound->parameters, handled);
  if (!rates) return fail(refused, options.policy + ": " + rates.error().text);
  const auto groups = group_names(*rates, bound->parameters.groups.size());
  std::fputs(introduction(*text, model, run, groups.size()).c_str(), stdout);

  const Training training{model, optimizer, batches, *rates};
  if (*checkpoint) {
    const auto resumed = (*checkpoint)->restore(training, options.word);
    if (!resumed) return fail(refused, "cannot resume.\n" + resumed.error());
  }
  if (run.step() >= options.steps_to) {
    return fail(wrong_call, "the checkpoint is already at update " + std::to_string(run.step()) +
                                ": --steps-to must be larger");
  }
  Log log;
  if (!options.log.empty()) {
    auto created = Log::create(options.log, run, groups);
    if (!created) return fail(environment, created.error());
    log = std::move(*created);
  }
  train(training, run, *rates, groups, options.steps_to, log);
  if (auto closed = log.close(); !closed) return fail(environment, closed.error());
  if (!options.save.empty()) {
    auto saved = save_checkpoint(options.save, {text->sha256, threads}, training);
    if (!saved) return fail(environment, saved.error());
  }
  return {};
}

}  // namespace
}  // namespace char_lm

int main(int argument_count, char** arguments) {
  CLI::App app("Trains a small character-level language model under a learning-rate policy.",
               "char_lm");
  char_lm::Options options;
  char_lm::add_options(app, options);
  try {
    app.parse(argument_count, arguments);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? char_lm::fine : char_lm::wrong_call;
  }
  try {
    const auto done = char_lm::run(options);
    if (done) return char_lm::fine;
    std::fflush(stdout);
    std::fprintf(stderr, "char_lm: %s\n", done.error().text.c_str());
    return done.error().code;
  } catch (const std::exception& error) {  // torch's errors come as exceptions
    std::fprintf(stderr, "char_lm: %s\n", error.what());
    return char_lm::environment;
  }
}
