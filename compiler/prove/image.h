#pragma once
// What a slot of a bound program gives over a stretch of updates: between which values it stays,
// and which way it goes.

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "compiler/prove/interval.h"

namespace lrc::prove {

// Which way a value goes as the position grows, never turning back: `still` is both, `any` unknown.
// The functions of lrc1 count as monotone where they are monotone in exact arithmetic: their
// sequences are on every grid that was tested (runtime/arithmetic/arithmetic.h).
enum class Direction : std::uint8_t { still, rising, falling, any };

[[nodiscard]] Direction reversed(Direction direction);
// Of what goes one way together with another.
[[nodiscard]] Direction together(Direction a, Direction b);

struct Image {
  Interval range;
  Direction direction = Direction::still;
};

// Of an operation of `apply`, when its operands move together.
[[nodiscard]] Image image_of(runtime::Operation operation, const Image& x, const Image& y,
                             const Image& z, const Image& w);

class Images {
 public:
  explicit Images(const runtime::Program& program) : program_(program) {}

  // Over the updates first..last, both included, in every state of the rules. With one update,
  // rules at rest, the range is its very value.
  [[nodiscard]] Image of_slot(std::size_t slot, std::int64_t first, std::int64_t last);

  // Instructions looked at so far.
  [[nodiscard]] std::uint64_t work() const { return work_; }

  // Over which stretch of positions a code is looked at.
  struct Stretch {
    runtime::Integer first, last;
    [[nodiscard]] bool single() const { return first == last; }
  };

 private:
  Image of_code(const runtime::Segment& segment, const Stretch& stretch);
  Image of_instruction(const runtime::Instruction& instruction, const runtime::Segment& segment,
                       const Stretch& stretch, const std::vector<Image>& registers);
  Image of_curve(std::uint32_t index, const Stretch& stretch);
  Image of_cycle(const runtime::Instruction& instruction, const runtime::Integer* integers,
                 const Stretch& stretch);
  Image of_held(const runtime::Instruction& instruction, const runtime::Integer* integers,
                const Stretch& stretch);

  const runtime::Program& program_;
  // Of a curve that is read in cycles of a length, over a whole cycle.
  std::map<std::pair<std::uint32_t, runtime::Integer>, Image> whole_;
  std::uint64_t work_ = 0;
};

}  // namespace lrc::prove
