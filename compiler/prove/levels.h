#pragma once
// What the canonical form tells of an output by itself: between which levels it stays and which way
// it goes, whatever the lengths of its phases, the run, and the values of parameters. Nothing here
// places a phase, so nothing here needs a fact.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "compiler/bind/bind.h"
#include "compiler/prove/image.h"

namespace lrc::prove {

// In which numbers levels are told: as values, or as shares of the output's peak. A level without
// `x` is any share that it is of some peak.
enum class Told : std::uint8_t { as_values, in_shares };

// One phase.
struct Piece {
  Interval range;  // of all its values
  Interval to;     // what it hands over
  Direction direction = Direction::any;
  bool joined = false;  // starts at the very level that the phase before hands over
};

class Levels {
 public:
  // What `facts` leave open of `program` is open: a parameter lies anywhere in its range, or is any
  // number at all; a peak that nobody states is any positive number.
  Levels(const ir::Program& program, const bind::Facts& facts, std::string output, Told told);

  [[nodiscard]] Interval level(const exact::Level& value) const;

  // Nothing: a form that is not judged here.
  [[nodiscard]] std::optional<std::vector<Piece>> pieces(const ir::Timeline& timeline) const;
  [[nodiscard]] std::optional<Interval> of_curve(const ir::Curve& curve) const;

  // The final values of a curve for parameters in a set of groups, and in any set at all.
  [[nodiscard]] std::optional<Interval> in_groups(const ir::Curve& curve,
                                                  const runtime::GroupSet& groups) const;
  [[nodiscard]] std::optional<Interval> in_any_groups(const ir::Curve& curve) const;

 private:
  [[nodiscard]] Interval number(const exact::Number& value) const;
  [[nodiscard]] Interval called(const exact::NumberCall& call) const;
  [[nodiscard]] std::optional<Interval> values(const Interval& range) const;
  [[nodiscard]] std::optional<Interval> combined(const ir::Curve& curve) const;
  [[nodiscard]] Interval multiplied(const Interval& value, const Interval& by) const;
  [[nodiscard]] Interval factors(const ir::Reaction& reaction) const;
  [[nodiscard]] Interval reacted(Interval value) const;
  [[nodiscard]] Interval clamped(const Interval& value, const ir::Clamp& clamp) const;
  [[nodiscard]] std::optional<Piece> piece(const ir::Phase& phase, const Interval& from) const;
  [[nodiscard]] std::optional<std::vector<Piece>> walk(const std::vector<ir::Phase>& phases,
                                                       Interval from, bool cut) const;
  [[nodiscard]] std::optional<Piece> ramp(const ir::Level& to, Direction shape, bool over,
                                          const Interval& from) const;
  [[nodiscard]] std::optional<Piece> power(const Interval& factor, const Interval& times,
                                           const Interval& from) const;
  [[nodiscard]] static Piece shrinking(const Interval& from);
  [[nodiscard]] std::optional<Piece> power_law(const Interval& exponent,
                                               const Interval& from) const;
  [[nodiscard]] std::optional<Piece> cycles(const ir::Repeat& repeat, const Interval& from) const;
  [[nodiscard]] Image of_formula(const ir::Formula& formula) const;
  [[nodiscard]] const ir::Clamp* clamp() const;

  const ir::Program& program_;
  const bind::Facts& facts_;
  std::string output_;
  Told told_;
  Interval peak_;
};

// Which way a schedule goes through these phases; `counts` says which of them matter.
[[nodiscard]] Direction direction(const std::vector<Piece>& pieces,
                                  const std::function<bool(std::size_t)>& counts);

}  // namespace lrc::prove
