#pragma once
// Reads the events of a block while kernels may be writing it, without waiting for them.

#include <cstddef>
#include <deque>
#include <vector>

#include "runtime/cuda/block.h"
#include "runtime/cuda/context.h"
#include "runtime/events/event.h"
#include "runtime/host/program.h"

namespace lrc::cuda {

// For one thread, which may be another than the trainer's.
class RingReader {
 public:
  // All of them must outlive it. `memory` is the block's address on the device, `stream` one that
  // waits for no other and that nobody else uses.
  RingReader(const DeviceContext& context, const runtime::Program& program, const Block& head,
             Address memory, Stream stream);

  // The oldest event that was not taken, or null; valid until it is popped.
  [[nodiscard]] Result<const runtime::Event*> front();
  void pop() { waiting_.pop_front(); }

 private:
  using Entries = std::vector<Event>;

  [[nodiscard]] Result<void> fetch();
  [[nodiscard]] Result<void> copy(void* to, std::uint64_t offset, std::size_t bytes);
  void take(std::uint64_t told, const Entries& first, const Entries& second);
  void tell(const Event& event);
  void push(runtime::Event event);

  const DeviceContext& context_;
  const runtime::Program& program_;
  const Block& head_;
  Address memory_;
  Stream stream_;
  std::uint64_t next_ = 0;  // of the device's events
  std::uint64_t lost_ = 0;  // just before it
  std::deque<runtime::Event> waiting_;
};

}  // namespace lrc::cuda
