#pragma once
// What happened in a run, as plain data of one size: filled in the trainer's thread without an
// allocation, made into a line (line.h) by whoever reads it. Names are indices into the bound
// program wherever it has them.

#include <array>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>

#include "runtime/host/rules.h"

namespace lrc::runtime {

struct Event {
  enum class Kind : std::uint8_t {
    start,        // a run begins: the line says which policy, facts, outputs and groups
    phase,        // `output` enters phase `subject` of the program
    clamp,        // the value of `output` in `group` reaches an end of its clamp, or leaves it
    zero,         // lr outside groups is 0, and no phase asked for it; told once
    observation,  // `subject` is the metric, or none: then `name` is how it was called
    firing,       // `subject` is the rule; lr `before` and `value` where they are known
    signal,       // number `count` of rule `subject`
    save,         // `fine` or not
    load,         // `fine` or not; `count` generations before the last one. Where it could be read,
                  // it was saved at update `evaluation`, and `name` is its record_name
    word,         // `name` says how a run goes on that is not the saved one
    mismatch,     // `name` says what differs, `count` is the rank that differs, or none
    end,          // the run as planned is over: no update is left
    skipped       // a device left an update out: its number comes again
  };
  enum class Clamp : std::uint8_t { left, low, high };

  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::int64_t no_count = -1;
  static constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  static constexpr std::size_t name_size = 48;

  Kind kind = Kind::start;
  Clamp clamp = Clamp::left;
  Observation::Outcome outcome = Observation::Outcome::accepted;
  bool fine = true;
  std::uint32_t output = none;   // index into Program::outputs
  std::uint32_t group = none;    // index into Program::group_sets
  std::uint32_t subject = none;  // index into the list that the kind says
  std::uint32_t dropped = 0;     // events that were lost just before this one
  std::int64_t update = 0;       // the coming update when it happened
  std::int64_t evaluation = 0;
  std::int64_t count = no_count;
  double value = unknown;
  double before = unknown;
  std::array<char, name_size> name{};  // cut where it is too long; ends at the first NUL

  // Cuts at a whole character of UTF-8.
  void call(std::string_view text) noexcept {
    std::size_t size = text.size();
    if (size > name_size) {
      size = name_size;
      while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
    }
    name = {};
    for (std::size_t k = 0; k < size; ++k) name[k] = text[k];
  }
  [[nodiscard]] std::string_view called() const noexcept {
    const std::string_view all(name.data(), name.size());
    return all.substr(0, all.find('\0'));
  }
};
static_assert(std::is_trivially_copyable_v<Event>);

}  // namespace lrc::runtime
