#pragma once
// An event as one line of JSON: keys in one order, no line feed. docs/events.md shows every kind.

#include <cstdint>
#include <span>
#include <string>

#include "runtime/events/event.h"
#include "runtime/host/program.h"

namespace lrc::runtime {

// `program` is the one that was in force when the event happened. Safe from any thread. A number
// stands there twice: `value` is the shortest decimal that gives the same binary64, null where it
// is not finite, and `bits` are its 64 bits as 16 hexadecimal digits, which any replay takes.
[[nodiscard]] std::string line(const Program& program, const Event& event);

// What update `update` uses, for a log that can be replayed: the values of all slots in their order
// (outputs of the first set of groups, then of the next), and the phase of every output.
[[nodiscard]] std::string update_line(const Program& program, std::int64_t update,
                                      std::span<const double> values);

// `norms+head`; empty for what is in no group.
[[nodiscard]] std::string group_set_name(const Program& program, std::size_t group_set);

// The index in program.phases of the phase that `output` is in at `update`, or Event::none.
[[nodiscard]] std::uint32_t phase_at(const Program& program, std::uint32_t output,
                                     std::int64_t update) noexcept;

}  // namespace lrc::runtime
