#include "compiler/prove/search.h"

#include <vector>

#include "runtime/host/evaluate.h"
#include "runtime/host/rules.h"

namespace lrc::prove {
namespace {

// Of a stretch: nothing is wrong in it, this update is, or it must be halved. A judge decides what
// cannot be halved.
struct Fine {};
struct Unclear {};
struct Open {};  // and nothing more can be done
using Judged = std::variant<Fine, Broken, Unclear, Open>;

// Halves from the left, so that what is broken first is found first.
class Search {
 public:
  Search(const runtime::Program& program, std::size_t slot)
      : program_(program), slot_(slot), images_(program) {}

  Found outside(const Updates& updates, const Interval& bounds) {
    return halving(updates, 0, [&](const Updates& part) {
      const Interval range = images_.of_slot(slot_, part.first, part.last).range;
      if (bounds.low <= range.low && range.high <= bounds.high) return Judged(Fine{});
      return part.first == part.last ? one(part.first, bounds) : Judged(Unclear{});
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

  // The value at rest, and as far as the rules can lead, one by one and together.
  Judged one(std::int64_t update, const Interval& bounds) const {
    const auto outside = [&](const double* factors) {
      const double value = runtime::evaluate(program_, slot_, update, factors);
      return !bounds.contains(value);
    };
    if (outside(nullptr)) return Broken{update};
    for (const bool up : {false, true}) {
      const std::vector<double> rest(program_.reactions.size(), 1.0);
      std::vector<double> all = rest;
      for (std::size_t i = 0; i < all.size(); ++i) {
        const auto [low, high] = runtime::factor_bounds(program_.reactions[i]);
        all[i] = up ? high : low;
        std::vector<double> alone = rest;
        alone[i] = all[i];
        if (outside(alone.data())) return Broken{update, alone};
      }
      if (outside(all.data())) return Broken{update, all};
    }
    return Open{};
  }

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
    std::vector<Updates> left = {updates};
    while (!left.empty()) {
      const Updates part = left.back();
      left.pop_back();
      const Judged judged = judge(part);
      if (std::holds_alternative<Fine>(judged)) continue;
      if (const auto* broken = std::get_if<Broken>(&judged)) return *broken;
      const bool open = std::holds_alternative<Open>(judged);
      if (open || images_.work() + work_ > maximum_work) return TooMuchWork{part.first};
      const std::int64_t middle = part.first + (part.last - part.first) / 2;
      left.push_back({middle + 1 - shared, part.last});
      left.push_back({part.first, middle});
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
