#pragma once
// A schedule in the memory of a GPU: opened where a run stands, moved by a kernel that the caller
// launches through it, and read back into a position of the run.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/cuda/block_layout.h"
#include "runtime/cuda/context.h"
#include "runtime/cuda/device_code.h"
#include "runtime/cuda/ring_reader.h"
#include "runtime/host/position.h"
#include "runtime/host/program.h"

namespace lrc::cuda {

// For a GPU of this compute capability. The error says why there is none.
using FindCode = std::function<tl::expected<DeviceCode, std::string>(int capability)>;

// Where a run stands.
struct Stand {
  runtime::Position position;
  std::vector<double> values;  // of the coming update
};

// By one thread at a time, but for events(), which is for one other.
class DeviceSchedule {
 public:
  struct Request {
    int device = 0;
    BlockOptions options = {};
  };
  // `program` is kept. The kernel has run once when this returns, so that a capture finds it
  // loaded.
  [[nodiscard]] static Result<std::unique_ptr<DeviceSchedule>> open(runtime::Program program,
                                                                    const Stand& stand,
                                                                    const Request& request,
                                                                    const FindCode& find_code);
  DeviceSchedule(const DeviceSchedule&) = delete;
  DeviceSchedule& operator=(const DeviceSchedule&) = delete;
  ~DeviceSchedule();

  // One launch; nothing else may stand in a captured graph.
  [[nodiscard]] Result<void> update(Stream stream) const;

  // These wait for the stream, which may not be captured.
  // Where the device stands behind all updates of the stream.
  [[nodiscard]] Result<runtime::Position> position(Stream stream) const;
  // The device goes there, with empty mailboxes: an evaluation that has come acts on where it was.
  [[nodiscard]] Result<void> go_to(const Stand& stand, Stream stream) const;
  // What the last update was given, and its number. Behind open and go_to: the coming one.
  struct Given {
    std::int64_t step = 0;
    std::vector<double> values;
  };
  [[nodiscard]] Result<Given> given(Stream stream) const;

  [[nodiscard]] RingReader& events() { return *events_; }
  [[nodiscard]] const runtime::Program& program() const { return program_; }
  [[nodiscard]] const Block& head() const { return layout_.head(); }
  [[nodiscard]] Address memory() const { return memory_; }
  [[nodiscard]] const std::string& origin() const { return origin_; }

 private:
  DeviceSchedule(const Driver& driver, runtime::Program program, const BlockLayout& layout);

  [[nodiscard]] Result<void> load(const DeviceCode& code);
  [[nodiscard]] Result<void> allocate();
  [[nodiscard]] Result<void> start(const Stand& stand);
  [[nodiscard]] Result<void> launch(std::uint32_t evaluate, Stream stream) const;
  [[nodiscard]] Result<void> copy_in(const void* from, std::uint64_t offset, std::size_t bytes,
                                     Stream stream) const;
  [[nodiscard]] Result<std::vector<std::byte>> settled(Stream stream) const;
  [[nodiscard]] Result<std::vector<std::byte>> copied(Stream stream) const;
  [[nodiscard]] Result<void> wait(Stream stream) const;

  runtime::Program program_;
  BlockLayout layout_;
  DeviceContext context_;
  Module module_ = nullptr;
  Function kernel_ = nullptr;
  unsigned threads_ = 0;  // of its one block
  Address memory_ = 0;
  Stream stream_ = nullptr;  // that waits for no other
  std::string origin_;
  std::optional<RingReader> events_;
};

}  // namespace lrc::cuda
