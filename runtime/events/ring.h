#pragma once
// Events on their way from the trainer's thread to one reader. Neither waits, locks or allocates.

#include <array>
#include <atomic>
#include <cstddef>

#include "runtime/events/event.h"

namespace lrc::runtime {

// One thread pushes, one other thread (or the same) looks and pops. What does not fit is counted,
// and the next event that fits says how many were lost.
class Ring {
 public:
  static constexpr std::size_t capacity = 1024;

  // Whether it fitted.
  bool push(Event event) noexcept {
    const std::size_t end = end_.load(std::memory_order_relaxed);
    if (end - begin_.load(std::memory_order_acquire) == capacity) {
      if (lost_ < std::numeric_limits<std::uint32_t>::max()) ++lost_;
      return false;
    }
    event.dropped = lost_;
    lost_ = 0;
    events_[end % capacity] = event;
    end_.store(end + 1, std::memory_order_release);
    return true;
  }

  // The oldest event, valid until it is popped; null: there is none.
  [[nodiscard]] const Event* front() const noexcept {
    const std::size_t begin = begin_.load(std::memory_order_relaxed);
    if (begin == end_.load(std::memory_order_acquire)) return nullptr;
    return &events_[begin % capacity];
  }

  // Only where front() is not null.
  void pop() noexcept {
    begin_.store(begin_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }

 private:
  // Counted without end: their difference is what waits, and unsigned wrapping keeps it.
  alignas(64) std::atomic<std::size_t> begin_{0};
  alignas(64) std::atomic<std::size_t> end_{0};
  std::uint32_t lost_ = 0;  // of the producer
  std::array<Event, capacity> events_{};
};

}  // namespace lrc::runtime
