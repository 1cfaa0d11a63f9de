#pragma once
// Machine code that a file brought: code and constants as one piece, position-independent, that
// needs nothing outside itself. It begins with 64 bytes: where in it a CompiledFunction begins, as
// a little-endian 64-bit number, then zeros.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "runtime/host/schedule.h"

namespace lrc::runtime {

// What images are made for: `x86-64`, `x86-64-v3`, `x86-64-v4`, `aarch64`, by what this machine can
// do; empty on any other.
[[nodiscard]] std::string machine_target();

// Whether this machine runs code for `target`: its own, or one that asks for less.
[[nodiscard]] bool runs_here(std::string_view target);

// The image in memory, readable and executable, and never writable while it is executable. Whoever
// maps code runs it: its bytes come from somebody who is trusted as much as the program itself.
class NativeCode {
 public:
  // The error says what is wrong with the image, or what the system refused.
  [[nodiscard]] static tl::expected<NativeCode, std::string> map(std::string_view image);

  NativeCode(NativeCode&& other) noexcept;
  NativeCode& operator=(NativeCode&& other) noexcept;
  NativeCode(const NativeCode&) = delete;
  NativeCode& operator=(const NativeCode&) = delete;
  ~NativeCode();

  // Valid as long as this object.
  [[nodiscard]] CompiledFunction values() const noexcept;

 private:
  NativeCode(std::span<std::byte> memory, std::size_t entry) : memory_(memory), entry_(entry) {}
  std::span<std::byte> memory_;
  std::size_t entry_ = 0;
};

}  // namespace lrc::runtime
