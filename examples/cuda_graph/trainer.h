#pragma once
// What trains the network: by replays of CUDA graphs, or by the same functions in loops on the
// host.

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "lrc.hpp"
#include "network.h"

namespace digits {

enum ExitCode { fine = 0, refused = 1, wrong_call = 2, environment = 3 };

struct Failure : std::runtime_error {
  Failure(ExitCode with, const std::string& text) : std::runtime_error(text), code(with) {}
  ExitCode code;
};

inline constexpr const char* metric = "val_loss";

// What the schedule was told last, and has perhaps not looked at yet: an update does that.
struct Given {
  double value = 0;
  std::int64_t evaluation = -1;
};

// All that goes on in a checkpoint, beside the run.
struct Saved {
  State state;
  Given given;
};

class Trainer {
 public:
  virtual ~Trainer() = default;

  virtual void update() = 0;    // starts one; nothing is computed, copied or waited for on the host
  virtual void evaluate() = 0;  // on what is tested on, and gives the metric to the schedule

  // All of these wait for what was started.
  virtual void pull() = 0;                       // the run goes to where training stands
  virtual Saved save() = 0;                      //
  virtual void restore(const Saved& saved) = 0;  // and goes on where the run stands
  virtual std::vector<double> values() = 0;      // of the last update, by slot
  virtual Given given() = 0;
  virtual std::vector<Evaluation> evaluations() = 0;  // that this process did

  virtual std::string next_event() = 0;  // empty: there is none
};

struct Task {
  lrc::Run& run;
  const std::vector<std::uint8_t>& rows;
  std::size_t evaluations;  // at most so many, counted from the first update
};

std::unique_ptr<Trainer> train_on_host(const Task& task);
// Throws where there is no GPU, or this program was built without CUDA.
std::unique_ptr<Trainer> train_on_gpu(const Task& task);

}  // namespace digits
