#pragma once
// A policy bound so that it can be looked at: what the run does not say is assumed, and said.

#include <optional>
#include <set>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "compiler/compile/compile.h"

namespace lrc::picture {

struct View {
  bind::Facts facts;  // the given ones and the assumed ones
  bind::Bound bound;
  bool run_assumed = false;          // a length was chosen that shows every phase
  bool any_run = false;              // every run has this shape: positions are shares of it
  std::set<std::string> peakless;    // outputs whose peak is not known: 1 stands for it
  exact::Rational length;            // updates to draw
  std::optional<exact::Unit> unit;   // to count positions in; none: in % of the run
  std::vector<std::string> missing;  // the facts that were assumed, as `check` names them
  std::vector<std::string> notes;    // what was assumed, for a person
  std::string drawn;                 // how far a picture goes, where the schedule has no end

  [[nodiscard]] bool has_run() const { return bound.run.has_value(); }
};

[[nodiscard]] tl::expected<View, diagnostics::Issues> look_at(
    const compile::CompiledPolicy& policy, const bind::Facts& given,
    std::vector<std::string> outputs, std::vector<runtime::GroupSet> group_sets = {{}});

}  // namespace lrc::picture
