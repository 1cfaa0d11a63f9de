#pragma once
// What long work is at, on a terminal: one line of standard error that is written over.

#include <chrono>
#include <string>

namespace lrc::cli {

class Progress {
 public:
  explicit Progress(std::string what);
  // Shown when work has gone on for a while.
  void at(const std::string& item);
  void end();

 private:
  using Clock = std::chrono::steady_clock;
  std::string what_;
  bool shown_ = false;
  bool terminal_;
  Clock::time_point begin_ = Clock::now();
  std::size_t done_ = 0;
};

}  // namespace lrc::cli
