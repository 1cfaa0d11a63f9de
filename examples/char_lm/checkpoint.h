#pragma once
// All that a new process needs to go on with the same bits: the state of the policy's run, the
// model, the optimizer, the generator, the position in the data, and the thread count, on which the
// order of sums depends.

#include <torch/torch.h>

#include <cstdint>
#include <string>

#include <tl/expected.hpp>

#include "model.h"
#include "runtime/torch/optimizer.h"

namespace char_lm {

// What of a checkpoint can be judged before anything is changed.
struct Header {
  std::string text_sha256;  // of the training text
  std::int64_t threads = 1;
};

// What a checkpoint saves and fills.
struct Training {
  Model& model;
  torch::optim::Optimizer& optimizer;
  Batches& batches;
  lrc::libtorch::OptimizerSchedule& rates;
};

// Writes the checkpoint atomically. The error says what the disk said.
[[nodiscard]] tl::expected<void, std::string> save_checkpoint(const std::string& path,
                                                              const Header& header,
                                                              const Training& training);

class Checkpoint {
 public:
  // Reads and verifies the whole file. The error says what is wrong with it.
  [[nodiscard]] static tl::expected<Checkpoint, std::string> open(const std::string& path);

  [[nodiscard]] const Header& header() const { return header_; }

  // Fills the policy's run, model, optimizer, batches and torch's default generator. The error is a
  // report of what differs when the run is another one and `word` does not say how to go on;
  // nothing is changed then. Throws c10::Error when the rest is of another shape than the saved
  // one.
  [[nodiscard]] tl::expected<void, std::string> restore(const Training& training,
                                                        const std::string& word);

 private:
  Header header_;
  torch::serialize::InputArchive archive_;
};

}  // namespace char_lm
