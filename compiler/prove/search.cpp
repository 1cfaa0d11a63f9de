#include "compiler/prove/search.h"

#include <vector>

#include "runtime/host/evaluate.h"

namespace lrc::prove {
namespace {

// Of a stretch: nothing is wrong in it, this update is, or it must be halved. A judge decides what
// cannot be halved.
struct Fine {};
struct Unclear {};
using Judged = std::variant<Fine, Broken, Unclear>;

// Halves from the left, so that what is broken first is found first.
class Search {
 public:
  Search(const runtime::Program& program, std::size_t slot)
      : program_(program), slot_(slot), images_(program) {}

  Found outside(const Updates& updates, const Interval& bounds) {
    return halving(updates, 0, [&](const Updates& part) {
      const Interval range = images_.of_slot(slot_, part.first, part.last).range;
      if (bounds.low <= range.low && range.high <= bounds.high) return Judged(Fine{});
      return part.first == part.last ? Judged(Broken{part.first}) : Judged(Unclear{});
    });
  }

  // A stretch has the pairs of neighbours in it; the halves share the update in the middle.
  Found turn(const Updates& updates, Direction direction) {
    if (updates.first >= updates.last) return Holds{};
    return halving(updates, 1, [&](const Updates& part) {
      const Image image = images_.of_slot(slot_, part.first, part.last);
      if (together(image.direction, direction) == direction || image.range.single())
        return Judged(Fine{});
      if (part.last - part.first > few) return Judged(Unclear{});
      return one_by_one(part, direction);
    });
  }

 private:
  // Cheaper than halving on.
  static constexpr std::int64_t few = 256;

  Judged one_by_one(const Updates& part, Direction direction) {
    work_ += static_cast<std::uint64_t>(part.last - part.first);
    double before = value(part.first);
    for (std::int64_t update = part.first + 1; update <= part.last; ++update) {
      const double after = value(update);
      if (direction == Direction::rising ? after < before : after > before) return Broken{update};
      before = after;
    }
    return Fine{};
  }

  double value(std::int64_t update) const { return runtime::evaluate(program_, slot_, update); }

  // `shared` updates belong to both halves.
  template <class Judge>
  Found halving(const Updates& updates, std::int64_t shared, Judge judge) {
    std::vector<Updates> open = {updates};
    while (!open.empty()) {
      const Updates part = open.back();
      open.pop_back();
      const Judged judged = judge(part);
      if (std::holds_alternative<Fine>(judged)) continue;
      if (const auto* broken = std::get_if<Broken>(&judged)) return *broken;
      if (images_.work() + work_ > maximum_work) return TooMuchWork{part.first};
      const std::int64_t middle = part.first + (part.last - part.first) / 2;
      open.push_back({middle + 1 - shared, part.last});
      open.push_back({part.first, middle});
    }
    return Holds{};
  }

  const runtime::Program& program_;
  std::size_t slot_;
  Images images_;
  std::uint64_t work_ = 0;  // beside that of the images
};

}  // namespace

Found find_outside(const runtime::Program& program, std::size_t slot, const Updates& updates,
                   const Interval& bounds) {
  return Search(program, slot).outside(updates, bounds);
}

Found find_turn(const runtime::Program& program, std::size_t slot, const Updates& updates,
                Direction direction) {
  return Search(program, slot).turn(updates, direction);
}

}  // namespace lrc::prove
