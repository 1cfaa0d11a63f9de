// Trains a small network that reads handwritten digits, by replays of a CUDA graph at whose head
// the schedule computes every learning rate on the GPU.

#include <CLI/CLI.hpp>
#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>

#include "checkpoint.h"
#include "trainer.h"
#include "verify.h"

namespace digits {
namespace {

constexpr std::int64_t evaluate_every = 50;  // updates
constexpr std::int64_t most_updates = 1'000'000;

struct Options {
  std::string policy = "examples/cuda_graph/digits.lrp";
  std::string data = "examples/cuda_graph/digits.bytes";
  std::int64_t steps_to = 1000;
  std::string save;
  std::string resume;
  std::int64_t verify = 0;
  bool host = false;
};

void add_options(CLI::App& app, Options& options) {
  app.add_option("--policy", options.policy, "policy file or artifact")->capture_default_str();
  app.add_option("--data", options.data, "the digits, by export_digits.py")->capture_default_str();
  app.add_option("--steps-to", options.steps_to, "stop when this many updates are complete")
      ->check(CLI::Range(std::int64_t{1}, most_updates))
      ->capture_default_str();
  app.add_option("--save", options.save, "write a checkpoint here at the end, and beside it");
  app.add_option("--resume", options.resume, "go on from this checkpoint");
  app.add_option(
      "--verify", options.verify,
      "read the values of so many random updates back, and compare them with the host's");
  app.add_flag("--host", options.host,
               "loops on the host in place of the GPU, to check the arithmetic of training");
}

std::vector<std::uint8_t> read_digits(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Failure(environment, "cannot open " + path);
  std::vector<std::uint8_t> rows(std::istreambuf_iterator<char>(file), {});
  bool fits = rows.size() == (trained_on + tested_on) * row_bytes;
  for (std::size_t k = pixels; fits && k < rows.size(); k += row_bytes) fits = rows[k] < classes;
  if (!fits) throw Failure(refused, path + " is not what export_digits.py writes");
  return rows;
}

void check_outputs(const lrc::Run& run) {
  for (const std::string& output : run.outputs()) {
    if (output != "lr" && output != "beta1" && output != "beta2" && output != "weight_decay")
      throw Failure(
          refused,
          "the policy gives `" + output +
              "`, which this optimizer does not have: it has lr, beta1, beta2 and weight_decay");
  }
}

lrc::Run bind(const std::string& path) {
  const auto policy = lrc::Policy::open(path);
  if (!policy) throw Failure(refused, policy.error().text);
  auto run =
      policy->bind({.names = {"hidden.weight", "hidden.bias", "scores.weight", "scores.bias"}});
  if (!run) throw Failure(refused, path + ": " + run.error().text);
  check_outputs(*run);
  return std::move(*run);
}

// A run and its trainer, at the beginning or where a checkpoint was left.
class Session {
 public:
  explicit Session(const Options& options)
      : rows_(read_digits(options.data)), run_(bind(options.policy)), at_(0) {
    const Task task{run_, rows_, static_cast<std::size_t>(options.steps_to / evaluate_every + 1)};
    trainer_ = options.host ? train_on_host(task) : train_on_gpu(task);
    Given given;
    if (!options.resume.empty()) given = resume(options.resume);
    if (options.steps_to <= at_)
      throw Failure(wrong_call, "the checkpoint is already at update " + std::to_string(at_) +
                                    ": --steps-to must be larger");
    if (options.verify > 0) {
      verification_.emplace(twin(options), options.verify, at_, options.steps_to);
      verification_->restored(given);
    }
  }

  // From here on the host starts graphs, and does nothing else for an update.
  void train(std::int64_t steps_to) {
    for (; at_ < steps_to; ++at_) {
      trainer_->update();
      if (verification_) verification_->updated(*trainer_);
      if ((at_ + 1) % evaluate_every != 0) continue;
      trainer_->evaluate();
      if (verification_) verification_->evaluated(*trainer_);
    }
  }

  void save(const std::string& path) {
    trainer_->pull();
    save_checkpoint(path, run_, trainer_->save());
  }

  void tell() {
    for (const Evaluation& each : trainer_->evaluations()) {
      std::printf("update %5" PRId64 ": loss %.4f, %.2f%% right, lr %.9g\n", each.update, each.loss,
                  100.0 * each.right / tested_on, static_cast<double>(each.lr));
    }
    for (std::string line; !(line = trainer_->next_event()).empty();) {
      if (line.find("\"event\":\"firing\"") != std::string::npos) std::printf("%s\n", line.c_str());
    }
    std::printf("update %5" PRId64 ": all bits of the network %016" PRIx64 "\n", at_,
                checksum(trainer_->save()));
  }

  // Whether nothing differed.
  bool tell_verification() const {
    if (!verification_) return true;
    std::printf(
        "%zu updates compared with the host, %zu of them with lrc_evaluate as well: %zu values "
        "differ\n",
        verification_->compared(), verification_->at_rest(), verification_->differing());
    return verification_->differing() == 0;
  }

 private:
  Given resume(const std::string& path) {
    const Saved saved = load_checkpoint(path, run_);
    trainer_->restore(saved);
    at_ = run_.step();
    return saved.given;
  }

  static lrc::Run twin(const Options& options) {
    lrc::Run run = bind(options.policy);
    if (!options.resume.empty()) load_checkpoint(options.resume, run);
    return run;
  }

  std::vector<std::uint8_t> rows_;
  lrc::Run run_;
  std::int64_t at_;  // updates complete, or started
  std::unique_ptr<Trainer> trainer_;
  std::optional<Verification> verification_;
};

ExitCode run(const Options& options) {
  Session session(options);
  session.train(options.steps_to);
  session.tell();
  if (!options.save.empty()) session.save(options.save);
  return session.tell_verification() ? fine : refused;
}

}  // namespace
}  // namespace digits

int main(int argument_count, char** arguments) {
  CLI::App app("Trains a small network by replays of a CUDA graph, under a learning-rate policy.",
               "digits");
  digits::Options options;
  digits::add_options(app, options);
  try {
    app.parse(argument_count, arguments);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? digits::fine : digits::wrong_call;
  }
  try {
    return digits::run(options);
  } catch (const digits::Failure& failure) {
    std::fprintf(stderr, "digits: %s\n", failure.what());
    return failure.code;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "digits: %s\n", error.what());
    return digits::environment;
  }
}
