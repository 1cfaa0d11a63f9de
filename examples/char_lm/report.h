#pragma once
// What a person and a later comparison see of a run: a progress display and a log of every update.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "runtime/abi/lrc.hpp"

namespace char_lm {

// One update, as it was computed.
struct Update {
  std::int64_t step;          // its number, from 0
  std::vector<double> rates;  // the learning rate of each parameter group
  double loss;                // mean cross entropy in nats a character, before the update
};

// One line for each update, numbers as hex floats: equal lines mean equal bits.
class Log {
 public:
  Log() = default;  // writes nothing

  [[nodiscard]] static tl::expected<Log, std::string> create(
      const std::string& path, const lrc::Run& run, const std::vector<std::string>& group_names);

  void write(const Update& update);

  // The error says that the disk did not take all of it.
  [[nodiscard]] tl::expected<void, std::string> close();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file_;
  std::string path_;
};

// A bar that moves on a terminal, and a line every tenth of the way elsewhere.
class Progress {
 public:
  Progress(std::int64_t from, std::int64_t to, std::vector<std::string> group_names);

  void show(const Update& update);

 private:
  [[nodiscard]] std::string numbers(const Update& update) const;

  std::int64_t from_;
  std::int64_t to_;
  std::vector<std::string> group_names_;
  bool terminal_;
  std::chrono::steady_clock::time_point last_drawn_;
};

}  // namespace char_lm
