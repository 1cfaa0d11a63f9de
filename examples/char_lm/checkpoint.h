#pragma once
// All that a new process needs to go on with the same bits: the schedule's state, the model, the
// optimizer, the generator, the position in the data, and the thread count, on which the order of
// sums depends.

#include <torch/torch.h>

#include <cstdint>
#include <string>

#include <tl/expected.hpp>

#include "model.h"

namespace char_lm {

// What of a checkpoint can be judged before anything is changed.
struct Header {
  std::string schedule;     // lrc::runtime::save_state's text: policy, hash, facts and clock
  std::string text_sha256;  // of the training text
  std::int64_t threads = 1;
};

// What a checkpoint saves and fills.
struct Training {
  Model& model;
  torch::optim::Optimizer& optimizer;
  Batches& batches;
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

  // Fills model, optimizer, batches and torch's default generator. Throws c10::Error when they are
  // of another shape than the saved ones.
  void restore(const Training& training);

 private:
  Header header_;
  torch::serialize::InputArchive archive_;
};

}  // namespace char_lm
