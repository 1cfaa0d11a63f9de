#pragma once
// The planned path of a run: how many samples, tokens and epochs lie behind each update (M3, M4). A
// batch that grows changes at whole updates, and between two changes all clocks are straight lines.

#include <array>
#include <optional>
#include <vector>

#include "compiler/exact/quantity.h"
#include "compiler/ir/program.h"

namespace lrc::bind {

class Path {
 public:
  // From `begin` on, until the next piece begins.
  struct Piece {
    exact::Integer begin;  // an update
    // By unit: the clock at `begin`, and what an update adds; nothing where no rate is known.
    std::array<exact::Rational, exact::units.size()> clock;
    std::array<std::optional<exact::Rational>, exact::units.size()> per_update;
  };

  Path() : Path({}, {}) {}
  // One piece from the rates. `jumps` come in the order of their positions, for each rate; their
  // lengths are amounts of one unit.
  Path(const std::vector<exact::Rate>& rates, const std::vector<ir::Jump>& jumps);

  [[nodiscard]] bool constant() const { return pieces_.size() == 1; }
  [[nodiscard]] const std::vector<Piece>& pieces() const { return pieces_; }
  // How many `to` one `from` is, where that never changes.
  [[nodiscard]] std::optional<exact::Rational> factor(exact::Unit from, exact::Unit to) const;
  // The clock after so many updates, and the updates after which a clock stands there.
  [[nodiscard]] exact::Rational clock(exact::Unit unit, const exact::Rational& updates) const;
  [[nodiscard]] exact::Rational updates(exact::Unit unit, const exact::Rational& clock) const;

 private:
  void jump(std::vector<exact::Rate>& rates, std::vector<ir::Jump> jumps);
  [[nodiscard]] static Piece piece(const std::vector<exact::Rate>& rates, exact::Integer begin);

  std::vector<Piece> pieces_;
};

}  // namespace lrc::bind
