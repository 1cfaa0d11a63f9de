#pragma once
// The first update that breaks a claim about a slot, or that there is none. Stretches of updates
// are judged by their image, and halved where that does not decide; a single update is evaluated.

#include <variant>
#include <vector>

#include "compiler/prove/image.h"

namespace lrc::prove {

// Both included.
struct Updates {
  std::int64_t first = 0, last = runtime::maximum_step;
};

struct Holds {};
struct Broken {
  std::int64_t update;
  std::vector<double> factors = {};  // of the rules, where they must have fired
};
struct TooMuchWork {
  std::int64_t update;  // from which on nothing is known
};
using Found = std::variant<Holds, Broken, TooMuchWork>;

// Instructions that one search looks at: a second or two.
inline constexpr std::uint64_t maximum_work = 50'000'000;

// Whether the values of all updates lie within `bounds`, whatever the rules have done.
[[nodiscard]] Found find_outside(const runtime::Program& program, std::size_t slot,
                                 const Updates& updates, const Interval& bounds);

// Whether no update uses less (rising) or more (falling) than the one before it. Broken is the
// later one of the two.
[[nodiscard]] Found find_turn(const runtime::Program& program, std::size_t slot,
                              const Updates& updates, Direction direction);

}  // namespace lrc::prove
