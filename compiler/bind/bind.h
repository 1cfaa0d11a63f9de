#pragma once
// Canonical IR + the facts of a run → exact rationals, a timeline of phases, and the bound program
// that interpreter and backends evaluate. Comes after the hash: no fact from here changes it.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "compiler/bind/path.h"
#include "compiler/diagnostics/issue.h"
#include "compiler/ir/program.h"
#include "runtime/host/program.h"

namespace lrc::bind {

// What a run brings beside what the policy states. Nothing here may contradict the policy; whoever
// reads flags has checked that.
struct Facts {
  std::optional<exact::Length> run;  // in a unit
  std::vector<exact::Rate> rates;    // a batch is the rate of a step
  std::map<std::string, exact::Rational> peaks;
  std::map<std::string, exact::Rational> parameters;
  // The run is 100 of no unit: what does not fit is told in percent.
  bool run_in_percent = false;
};

// A place on the curve, in updates, and from which side a jump there is seen.
struct At {
  enum class Side : std::uint8_t { before, after };
  exact::Rational position;
  Side side = Side::after;
};

struct Request {
  std::string policy;  // name, empty for a sentence
  std::uint64_t version = 0;
  std::string hash;                  // of the canonical text
  std::vector<std::string> outputs;  // which to bind, in the order of the slots
  std::vector<runtime::GroupSet> group_sets = {{}};
  bool rules_at_rest = false;  // leaves them out: for whoever looks at the curve alone
  // Positions are so fine that this place is Bound::at, the only one to be evaluated.
  std::optional<At> at = std::nullopt;
};

// A phase on the planned path, in updates from the start of the run.
struct PlacedPhase {
  std::uint32_t origin;  // ir::Phase::origin
  exact::Rational start;
  std::optional<exact::Rational> end;  // none: goes on for ever
};

struct Bound {
  runtime::Program program;
  std::optional<exact::Rational> run;  // in updates
  Path path;                           // how updates are counted in other units
  std::int64_t at = 0;                 // Request::at as a position of the program
  // By output: the phases of its curve (of every operand, one list each).
  std::vector<std::vector<std::vector<PlacedPhase>>> phases;
};

// Facts that do not fit the policy: phases that overrun the run, exact numbers beyond the range.
struct Failure {
  diagnostics::Code code;
  std::optional<std::uint32_t> origin;
  std::string message;
  std::string reason;
  std::string advice = {};  // what to write instead, where one thing helps
};

// `program.inputs` of the requested outputs must be covered by `facts`.
[[nodiscard]] tl::expected<Bound, Failure> bind(const ir::Program& program, const Facts& facts,
                                                const Request& request);

// Finds what does not fit in any schedule, those that groups assign too, without choosing sets of
// groups. `facts` must cover all of `program.inputs`. Gives the phases of the policy's outputs.
[[nodiscard]] tl::expected<std::vector<PlacedPhase>, Failure> place(const ir::Program& program,
                                                                    const Facts& facts);

// A position of the run in updates. The rates that it needs, and for a share the run, are known.
[[nodiscard]] tl::expected<exact::Rational, Failure> place_of(const ir::Program& program,
                                                              const Facts& facts,
                                                              const exact::Length& position);

// These outputs and all that they use.
[[nodiscard]] std::set<std::string> with_uses(const ir::Program& program,
                                              const std::vector<std::string>& outputs);

// `program` with these outputs and what they use only, and the inputs that those need.
[[nodiscard]] ir::Program restricted(const ir::Program& program,
                                     const std::vector<std::string>& outputs);

}  // namespace lrc::bind
