#include "runtime/artifact/ranges.h"

#include <algorithm>
#include <optional>

namespace lrc::runtime {
namespace {

// Below this in size, an integer is a binary64 number.
constexpr Integer exact_limit = static_cast<Integer>(1) << 53;

constexpr const char* too_large = "computes with integers beyond 2^126";
constexpr const char* no_divisor = "divides by what may not be above 0";
constexpr const char* not_small = "calls an integer small that may not be";
constexpr const char* negative = "makes a ratio of what may be below 0";

// Both ends belong to it; they lie within the limit.
struct Range {
  Integer low, high;
};

// By curve: from where it is read. None: from nowhere.
using Reach = std::vector<std::optional<Range>>;

class Positions {
 public:
  explicit Positions(const Program& program) : program_(program), reach_(program.curves.size()) {}

  const char* run() {
    constexpr Range steps = {0, maximum_step};
    for (const Slot& slot : program_.slots) follow(slot.value, steps);
    for (const Reaction& reaction : program_.reactions) {
      if (reaction.ignored >= 0) follow(reaction.value, steps);
    }
    // A curve refers only to curves before it: each is complete when its turn comes.
    for (std::size_t k = reach_.size(); k-- > 0 && problem_ == nullptr;) {
      if (reach_[k]) follow(program_.curves[k], *reach_[k]);
    }
    return problem_;
  }

 private:
  void require(bool condition, const char* problem) {
    if (!condition && problem_ == nullptr) problem_ = problem;
  }

  void read(std::uint32_t curve, const Range& range) {
    std::optional<Range>& reach = reach_[curve];
    reach =
        reach ? Range{std::min(reach->low, range.low), std::max(reach->high, range.high)} : range;
  }

  // The stretches of a curve that hold somewhere in the range, each where it holds.
  void follow(const Curve& curve, const Range& range) {
    const Integer* first = program_.thresholds.data() + curve.first_threshold;
    const Integer* last = first + (curve.segments - 1);
    auto k = static_cast<std::size_t>(std::upper_bound(first, last, range.low) - first);
    for (Integer low = range.low; low <= range.high; ++k) {
      const bool is_last = k + 1 == curve.segments;
      const Integer high = is_last ? range.high : std::min(range.high, first[k] - 1);
      follow(program_.segments[curve.first_segment + k], {low, high});
      low = high + 1;
    }
  }

  void follow(const Segment& segment, const Range& position) {
    integers_ = program_.integers.data() + segment.first_integer;
    for (const Instruction& i : program_.codes[segment.code]) {
      if (problem_ == nullptr) follow(i, position);
    }
  }

  void follow(const Instruction& i, const Range& position) {
    switch (i.operation) {
      case Operation::progress:
      case Operation::floor_ratio:
      case Operation::small_progress:
        divided(i.operation, linear(position, i.a), integers_[i.a + 2]);
        break;
      case Operation::ratio: {
        const Range numerator = linear(position, i.a);
        const Range denominator = linear(position, i.a + 2);
        require(numerator.low >= 0, negative);
        require(denominator.low > 0, no_divisor);
        break;
      }
      case Operation::noise: require(integers_[i.a + 1] > 0, no_divisor); break;
      case Operation::curve: read(i.a, position); break;
      case Operation::cycle: cycle(i, position); break;
      case Operation::held: held(i, position); break;
      default: break;
    }
  }

  // position*I(k) + I(k + 1), of which the product and the sum stay within the limit.
  Range linear(const Range& position, std::uint32_t k) {
    const Integer factor = integers_[k];
    const Integer add = integers_[k + 1];
    const auto at = [&](Integer place) {
      Integer product = 0;
      const bool fits = !__builtin_mul_overflow(place, factor, &product) && within_limit(product) &&
                        within_limit(product + add);
      require(fits, too_large);
      return fits ? product + add : 0;
    };
    const Integer one = at(position.low);
    const Integer other = at(position.high);
    return {std::min(one, other), std::max(one, other)};
  }

  static bool within_limit(Integer value) {
    return -integer_limit < value && value < integer_limit;
  }

  void divided(Operation operation, const Range& numerator, Integer divisor) {
    require(divisor > 0, no_divisor);
    if (operation != Operation::small_progress) return;
    require(numerator.low > -exact_limit && numerator.high < exact_limit && divisor < exact_limit,
            not_small);
  }

  void cycle(const Instruction& i, const Range& position) {
    const Range place = linear(position, i.b);
    const Integer last = integers_[i.b + 2] - 1;
    require(last >= 0, no_divisor);
    if (problem_ != nullptr) return;
    read(i.a, {std::clamp<Integer>(place.low, -last, 0), std::clamp<Integer>(place.high, 0, last)});
  }

  void held(const Instruction& i, const Range& position) {
    const Range place = linear(position, i.b);
    const Integer period = integers_[i.b + 2];
    const Integer scale = integers_[i.b + 3];
    require(period > 0, no_divisor);
    if (problem_ != nullptr) return;
    Integer latest = 0;
    const bool fits =
        !__builtin_mul_overflow(std::max<Integer>(place.high, 0) / period, scale, &latest) &&
        within_limit(latest);
    require(fits, too_large);
    if (fits) read(i.a, {std::min<Integer>(latest, 0), std::max<Integer>(latest, 0)});
  }

  const Program& program_;
  Reach reach_;
  const Integer* integers_ = nullptr;  // of the segment that is followed
  const char* problem_ = nullptr;
};

}  // namespace

const char* out_of_range(const Program& program) { return Positions(program).run(); }

}  // namespace lrc::runtime
