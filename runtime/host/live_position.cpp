#include "runtime/host/live_position.h"

#include <unistd.h>

namespace lrc::runtime {

LivePosition::LivePosition(const Position& position)
    : copies_{Moving{position.rules, position.transition},
              Moving{position.rules, position.transition}},
      step_(position.step),
      process_(getpid()) {}

Position LivePosition::copy() const {
  for (;;) {
    const std::uint64_t version = version_.load();
    std::atomic<int>& readers = readers_[version % 2];
    readers.fetch_add(1);
    if (version_.load() == version) {
      Position position{0, copies_[version % 2].rules, copies_[version % 2].transition};
      // No observation came between the rules and this clock if the version is still the same.
      position.step = step_.load();
      const bool one_moment = version_.load() == version;
      readers.fetch_sub(1);
      if (one_moment) return position;
    } else {
      readers.fetch_sub(1);
    }
  }
}

void LivePosition::wait_for_readers(std::uint64_t version) const noexcept {
  while (readers_[version % 2].load() != 0) {
    if (const int process = getpid(); process_.exchange(process) != process) {
      for (auto& readers : readers_) readers.store(0);
    }
  }
}

void LivePosition::replace(const Position& position) {
  for (Moving& copy : copies_) copy = {position.rules, position.transition};
  step_.store(position.step);
}

}  // namespace lrc::runtime
