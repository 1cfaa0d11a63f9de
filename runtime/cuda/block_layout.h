#pragma once
// A bound program and where its run stands, as the bytes of a block (block.h), and back.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "runtime/cuda/block.h"
#include "runtime/host/position.h"
#include "runtime/host/program.h"

namespace lrc::cuda {

// Each is tested at the limit and one beyond it.
inline constexpr std::size_t maximum_ring_events = std::size_t{1} << 20;
inline constexpr std::int64_t maximum_units_each = std::int64_t{1} << 32;  // of one update
inline constexpr std::size_t maximum_block_bytes = std::size_t{1} << 28;   // 256 MiB

struct BlockOptions {
  std::uint64_t found_inf = 0;  // device address of a float; 0: no update is skipped
  std::int64_t samples_each = 0, tokens_each = 0;
  std::size_t events = 1024;  // a power of two
};

// What is wrong with the options, for a person; nothing if all is well.
[[nodiscard]] std::string wrong_options(const BlockOptions& options);

// What a block holds that its program and position do not say.
struct Counts {
  std::int64_t skipped = 0;
  std::uint64_t told = 0;
};

// Where things are in a program's block. Immutable.
class BlockLayout {
 public:
  // Of options that are fine. The error says which limit the program is beyond.
  [[nodiscard]] static tl::expected<BlockLayout, std::string> of(const runtime::Program& program,
                                                                 const BlockOptions& options);

  // The part of a block that everything else is found by; all clocks at 0.
  [[nodiscard]] const Block& head() const { return head_; }
  [[nodiscard]] std::size_t bytes() const { return head_.bytes; }

  // The whole block at a position of this program, with an empty ring and in each mailbox what was
  // taken last of its metric; `values` are those of the coming update. Samples and tokens are those
  // of all updates, applied and skipped.
  [[nodiscard]] std::vector<std::byte> block(const runtime::Program& program,
                                             const runtime::Position& position,
                                             std::span<const double> values,
                                             const Counts& counts = {}) const;

  // Where the block stands. It may come from anywhere: the error says why it is none of this
  // program, or why no run leads to it. An update that is pending is not counted.
  [[nodiscard]] tl::expected<runtime::Position, std::string> position(
      const runtime::Program& program, std::span<const std::byte> block) const;

 private:
  explicit BlockLayout(const Block& head) : head_(head) {}
  Block head_;
};

}  // namespace lrc::cuda
