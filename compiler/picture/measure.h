#pragma once
// How long a schedule is where no run says it: the sum of its known lengths, and enough of what
// goes on for ever to be recognised.

#include <optional>

#include "compiler/bind/environment.h"
#include "compiler/ir/program.h"

namespace lrc::picture {

struct Measure {
  exact::Rational updates;          // of the lengths in units
  exact::Rational share;            // of the run, of the lengths in shares
  bool closed = true;               // every phase has a length
  exact::Rational longest;          // of the lengths in units, in updates
  std::optional<exact::Unit> unit;  // of the longest
};

// `facts` must have every rate and parameter that the program needs. With `has_end` an open phase
// stands for most of a run; without one, for a while as long as what is before it.
class Ruler {
 public:
  Ruler(const ir::Program& program, const bind::Facts& facts, bool has_end);

  // The longest over all outputs.
  [[nodiscard]] Measure measure() const;

 private:
  struct Extent {
    exact::Rational updates;
    exact::Rational share;
  };
  [[nodiscard]] Extent extent(const exact::Length& value, Measure& measure) const;
  void curve(const ir::Curve& value, Measure& longest) const;
  [[nodiscard]] Measure timeline(const ir::Timeline& value) const;
  [[nodiscard]] Extent open(const ir::Phase& phase, std::size_t phases_before,
                            Measure& before) const;
  [[nodiscard]] Extent decay(const ir::Decay& value, Measure& before) const;
  [[nodiscard]] Extent repeat(const ir::Repeat& value, Measure& before) const;

  const ir::Program& program_;
  bool has_end_;
  bind::Environment environment_;
};

}  // namespace lrc::picture
