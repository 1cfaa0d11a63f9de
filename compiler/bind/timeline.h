#pragma once
// Phases → places on the run, and places → segments of a curve.

#include <optional>
#include <vector>

#include "compiler/bind/code.h"

namespace lrc::bind {

// A phase with its interval [start, end) in updates and the level it starts from.
struct Placed {
  const ir::Phase* phase;
  exact::Rational start;
  std::optional<exact::Rational> end;        // none: goes on for ever
  std::optional<exact::Rational> whole_end;  // where its ramp ends; beyond `end` when it is cut
  BoundLevel from;
};

class TimelineBinder {
 public:
  TimelineBinder(const Environment& environment, runtime::Program& program, ProgramBuilder& builder,
                 std::string output)
      : environment_(environment),
        program_(program),
        builder_(builder),
        output_(std::move(output)) {}

  // The curve of a whole schedule: its index in the program. `phases` gets the places of its
  // phases.
  std::uint32_t bind(const ir::Timeline& timeline, std::vector<PlacedPhase>& phases);

 private:
  // Where a curve's integer positions lie: `scale` of them make one update.
  struct Frame {
    exact::Rational scale;
    std::optional<exact::Rational> cycle;   // the length of the cycle, inside `repeat`
    std::optional<exact::Integer> largest;  // position, where the frame ends
  };
  struct Segments {
    std::vector<runtime::Segment> segments;
    std::vector<exact::Integer> begins;
  };
  struct Interval {
    exact::Integer begin;
    std::optional<exact::Integer> end;
  };

  std::vector<Placed> place(const std::vector<ir::Phase>& phases,
                            const std::optional<exact::Rational>& total, const Frame& frame,
                            const BoundLevel& incoming);
  std::vector<std::optional<exact::Rational>> ends(const std::vector<ir::Phase>& phases,
                                                   const std::optional<exact::Rational>& total,
                                                   const Frame& frame);
  void check_whole(const std::vector<ir::Phase>& phases, const exact::Rational& sum,
                   const exact::Rational& total, const Frame& frame) const;

  void emit(Segments& out, const std::vector<Placed>& placed, const Frame& frame);
  void emit_phase(Segments& out, const Placed& placed, const Frame& frame);
  void emit_repeat(Segments& out, const Placed& placed, const Frame& frame);
  void emit_cycles(Segments& out, const Placed& placed, const ir::Repeat& repeat,
                   const exact::Rational& growth, const Frame& frame);
  // The next of the cycles whose periods grow.
  struct Cycle {
    exact::Rational begin, period;
    std::size_t number = 1;
  };
  void check_cycle(const Placed& placed, const ir::Repeat& repeat, const Cycle& cycle,
                   const Frame& frame);
  static void advance(Cycle& cycle, const Placed& placed, const exact::Rational& growth);
  void emit_one_cycle(Segments& out, const std::vector<Placed>& body, const exact::Rational& begin,
                      const exact::Rational& end, const Frame& frame);
  std::uint32_t cycle_curve(const Placed& placed, const ir::Repeat& repeat,
                            const exact::Rational& period, const exact::Integer& scale);
  // Appends a phase's code and, from the update whose end lies beyond the phase's, the level there.
  void append_limited(Segments& out, const Interval& interval, const CodeBuilder& code,
                      const std::optional<exact::Integer>& limit, const Placed& placed,
                      const Frame& frame);
  void emit_level(Segments& out, const exact::Integer& begin, const BoundLevel& level,
                  const ir::Phase& phase);
  void count_phase();
  void append(Segments& out, const exact::Integer& begin, const CodeBuilder& code);
  [[nodiscard]] static Interval interval(const Placed& placed, const Frame& frame);
  [[nodiscard]] Place running(const Frame& frame, ir::Reading reading,
                              const Interval& interval) const;

  // Emits the level of a phase at a place, without the peak; whether it is a share of the peak.
  bool emit_form(CodeBuilder& code, const Placed& placed, const Place& place, const Frame& frame);
  bool emit_ramp(CodeBuilder& code, const Placed& placed, const ir::Level& to,
                 const ir::Formula* shape, const std::optional<ir::Over>& over, const Place& place,
                 const Frame& frame);
  std::uint32_t emit_constant(CodeBuilder& code, const BoundLevel& level,
                              const ir::Phase& phase) const;
  bool emit_factor(CodeBuilder& code, const Placed& placed, std::uint32_t factor);
  bool emit_power(CodeBuilder& code, const Placed& placed, const exact::Number& factor,
                  std::uint32_t times);
  static void stop_at_largest(CodeBuilder& code);
  static void check_factors(const BoundLevel& from, const BoundLevel& to, const ir::Phase& phase);
  std::uint32_t emit_formula(CodeBuilder& code, const ir::Formula& formula, std::uint32_t u,
                             const ir::Phase& phase);
  void finish(CodeBuilder& code, bool relative);

  // The level reached at `at` (updates), a place inside the phase or at its end.
  BoundLevel level_at(const Placed& placed, const exact::Rational& at, const Frame& frame);
  [[nodiscard]] exact::Rational reached(const Placed& placed, const exact::Rational& at,
                                        const Frame& frame) const;
  // A place inside a repeat: the phase that reaches it, and where it is in the cycle.
  struct InCycle {
    Placed item;
    exact::Rational local;
    Frame inside;
  };
  InCycle in_cycle(const Placed& placed, const ir::Repeat& repeat, const exact::Rational& at,
                   const Frame& frame);
  std::optional<exact::Rational> cut_at_end(const Placed& placed, const ir::Repeat& repeat,
                                            const Frame& frame);
  BoundLevel evaluate(const CodeBuilder& code, bool relative) const;

  // In updates and above zero: a parameter may be set to what the policy could not say itself.
  [[nodiscard]] exact::Rational duration(const exact::Length& value, const ir::Phase& phase,
                                         const Frame& frame) const;
  // At least 1.
  [[nodiscard]] exact::Rational growth(const ir::Repeat& repeat, const ir::Phase& phase) const;
  [[nodiscard]] std::pair<exact::Rational, exact::Rational> span(
      const Placed& placed, const std::optional<ir::Over>& over, const Frame& frame) const;
  [[nodiscard]] double absolute(const BoundLevel& level) const;

  const Environment& environment_;
  runtime::Program& program_;
  ProgramBuilder& builder_;
  std::string output_;
  std::size_t phases_ = 0;  // of this curve so far
};

}  // namespace lrc::bind
