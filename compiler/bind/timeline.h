#pragma once
// Phases → places on the run, and places → segments of a curve.

#include <functional>
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

// Where a curve's integer positions lie: `scale` of them make one update.
struct Frame {
  exact::Rational scale = 1;
  std::optional<exact::Rational> cycle = std::nullopt;   // its length, inside `repeat`
  std::optional<exact::Integer> largest = std::nullopt;  // position, where the frame ends
  exact::Rational update = 1;  // how long an update of the run is here: less where it is extended
  // Of one that is stretched, what it is read from: position (p*multiplier + add)/divisor of it
  // belongs to position p here.
  struct Outer;
  std::shared_ptr<const Outer> outer = nullptr;
  // The last position there can be.
  [[nodiscard]] exact::Integer last() const;
};
struct Frame::Outer {
  Frame frame;
  exact::Integer multiplier, add, divisor;
};

// Where in a frame a curve is read, and where the phase begins that reads it.
struct Spot {
  Frame frame;
  Place place;
  exact::Rational start;
};

// Emits the value of a curve that is no timeline of its own into a code.
using EmitCurve = std::function<std::uint32_t(CodeBuilder&, const ir::Curve&, const Spot&)>;

class TimelineBinder {
 public:
  TimelineBinder(const Environment& environment, runtime::Program& program, ProgramBuilder& builder,
                 std::string output, std::optional<ir::Scale> scale, EmitCurve emit_curve)
      : environment_(environment),
        program_(program),
        builder_(builder),
        output_(std::move(output)),
        scale_(std::move(scale)),
        emit_curve_(std::move(emit_curve)) {}

  // The curve of a whole schedule: its index in the program. `phases` gets the places of its
  // phases.
  std::uint32_t bind(const ir::Timeline& timeline, const Frame& frame,
                     std::vector<PlacedPhase>& phases);
  // A curve that stands still at the level which the schedule has reached at a place.
  std::uint32_t bind_before(const ir::Timeline& timeline, const exact::Rational& at,
                            std::vector<PlacedPhase>& phases);

 private:
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
                            const BoundLevel& incoming, const exact::Rational& begin = 0);
  std::vector<std::optional<exact::Rational>> ends(const std::vector<ir::Phase>& phases,
                                                   const std::optional<exact::Rational>& total,
                                                   const Frame& frame,
                                                   const exact::Rational& begin);
  void check_whole(const std::vector<ir::Phase>& phases, const exact::Rational& sum,
                   const exact::Rational& total, const Frame& frame) const;

  std::vector<Placed> place_all(const ir::Timeline& timeline, const Frame& frame,
                                std::vector<PlacedPhase>& phases);
  void emit(Segments& out, const std::vector<Placed>& placed, const Frame& frame);
  void emit_one(Segments& out, const Placed& placed, const Frame& frame);

  // Calls `emit` for each piece of the planned path, with the window of updates that it owns, where
  // pieces differ for the phase; else once.
  void for_each_piece(const Placed& placed, const Frame& frame, const std::function<void()>& emit);
  [[nodiscard]] double scaling(const Path::Piece& piece) const;
  // The clock of a phase where it is not one of updates: what it measures grows at changing rates.
  [[nodiscard]] std::optional<exact::Unit> clock_of(const Placed& placed, const Frame& frame) const;
  [[nodiscard]] Placed in_clock(const Placed& placed, exact::Unit unit) const;
  bool emit_running(CodeBuilder& code, const Placed& placed, const Interval& interval,
                    const Frame& frame);
  void emit_phase(Segments& out, const Placed& placed, const Frame& frame);
  void emit_past(Segments& out, const Placed& last, ir::Past past, const Frame& frame);
  std::uint32_t folded_curve(const Placed& last, bool back, const exact::Integer& scale,
                             const exact::Rational& length);
  // Appends a phase's code and, from the update whose end lies beyond the phase's, the level there.
  void append_limited(Segments& out, const Interval& interval, const CodeBuilder& code,
                      const std::optional<exact::Integer>& limit, const Placed& placed,
                      const Frame& frame);
  void emit_level(Segments& out, const exact::Integer& begin, const BoundLevel& level,
                  const ir::Phase& phase);
  void count_phase();
  void append(Segments& out, const exact::Integer& begin, const CodeBuilder& code);
  [[nodiscard]] Interval interval(const Placed& placed, const Frame& frame) const;
  [[nodiscard]] static exact::Integer first_beyond(const exact::Rational& end, ir::Reading reading,
                                                   const Frame& frame);
  [[nodiscard]] static Place running(const Frame& frame, ir::Reading reading,
                                     const Interval& interval);

  // How the cycles of a repeat follow one another.
  struct Cycles {
    const ir::Repeat* repeat;
    // In which they are measured, where a batch that grows leaves no constant rate to updates; else
    // they are measured in updates. Then each has its own place on the path.
    std::optional<exact::Unit> clock;
    exact::Rational period;  // of the first
    exact::Rational growth;
    double peak, swing;                      // by these the peak and the swing change each cycle
    std::optional<exact::Rational> at_most;  // how many there are
    BoundLevel anchor;                       // the level that the first one ends at
  };
  Cycles cycles(const Placed& placed, const Frame& frame);
  void measure(Cycles& cycles, const Placed& placed, const Frame& frame) const;
  // Where the last of so many cycles ends, from the start of the first.
  [[nodiscard]] static exact::Rational total(const Cycles& cycles, const exact::Rational& count);
  [[nodiscard]] std::optional<exact::Rational> end_of_cycles(const Placed& placed,
                                                             const Cycles& cycles) const;
  void emit_repeat(Segments& out, const Placed& placed, const Frame& frame);
  void emit_periodic(Segments& out, const Placed& placed, const Cycles& cycles, const Frame& frame);
  void emit_cycles(Segments& out, const Placed& placed, const Cycles& cycles, const Frame& frame);
  void change_value(CodeBuilder& code, const Placed& placed, const Cycles& cycles,
                    const Frame& frame);
  // The next of the cycles, one by one, as they are measured.
  struct Cycle {
    exact::Rational begin, period;
    std::size_t number = 0;
  };
  [[nodiscard]] Cycle first_cycle(const Placed& placed, const Cycles& cycles) const;
  // In updates.
  [[nodiscard]] exact::Rational begin_of(const Cycle& cycle, const Cycles& cycles) const;
  [[nodiscard]] exact::Rational end_of(const Cycle& cycle, const Cycles& cycles) const;
  // The phases of a cycle: from 0 on in a frame of its own, or on the path.
  struct Body {
    Frame frame;
    std::vector<Placed> items;
    exact::Rational shift;  // to their places in the frame around them
  };
  Body body_of(const Placed& placed, const Cycles& cycles, const Cycle& cycle, const Frame& frame);
  void append_swung(Segments& out, Segments own, const Cycles& cycles, const Cycle& cycle,
                    const Frame& frame);
  [[nodiscard]] double swung(double value, const Cycles& cycles, std::size_t number) const;
  void check_cycle(const Placed& placed, const Cycles& cycles, const Cycle& cycle,
                   const Frame& frame);
  static void advance(Cycle& cycle, const Placed& placed, const Cycles& cycles);
  void emit_one_cycle(Segments& out, const Placed& placed, const Cycles& cycles, const Cycle& cycle,
                      const exact::Rational& end, const Frame& frame);
  std::uint32_t cycle_curve(const Placed& placed, const Cycles& cycles, const exact::Integer& scale,
                            const exact::Rational& update);
  // Whether the cycles can be read from one curve: all alike, or changed by factors alone.
  [[nodiscard]] static bool periodic(const Placed& placed, const Cycles& cycles);
  [[nodiscard]] BoundLevel changed(const BoundLevel& level, const Cycles& cycles,
                                   std::size_t number) const;

  // The value of a phase at a place, as the last register. True: in levels of x, still to be
  // multiplied by the peak.
  bool emit_form(CodeBuilder& code, const Placed& placed, const Place& place, const Frame& frame);
  bool emit_ramp(CodeBuilder& code, const Placed& placed, const ir::Level& to,
                 const ir::Formula* shape, const std::optional<ir::Over>& over, const Place& place,
                 const Frame& frame);
  bool emit_milestones(CodeBuilder& code, const Placed& placed, const ir::Milestones& form,
                       const Place& place);
  bool emit_rsqrt(CodeBuilder& code, const Placed& placed, const ir::InverseSquareRoot& form,
                  const Place& place, const Frame& frame);
  bool emit_power_law(CodeBuilder& code, const Placed& placed, const ir::PowerLaw& form,
                      const Place& place, const Frame& frame);
  std::uint32_t emit_constant(CodeBuilder& code, const BoundLevel& level,
                              const ir::Phase& phase) const;
  bool emit_factor(CodeBuilder& code, const Placed& placed, std::uint32_t factor);
  bool emit_power(CodeBuilder& code, const Placed& placed, double base, std::uint32_t times);
  static void stop_at_largest(CodeBuilder& code);
  static void check_factors(const BoundLevel& from, const BoundLevel& to, const ir::Phase& phase);
  std::uint32_t emit_formula(CodeBuilder& code, const ir::Formula& formula, std::uint32_t u,
                             const ir::Phase& phase);
  void finish(CodeBuilder& code, bool relative);

  // The level reached at `at` (updates), a place inside the phase or at its end.
  BoundLevel level_at(const Placed& placed, const exact::Rational& at, const Frame& frame);
  BoundLevel formula_at(const Placed& placed, const exact::Rational& at, const Frame& frame);
  BoundLevel repeat_at(const Placed& placed, const exact::Rational& at, const Frame& frame);
  [[nodiscard]] exact::Rational reached(const Placed& placed, const exact::Rational& at,
                                        const Frame& frame) const;
  // A place inside a repeat: the phase that reaches it, and where it is in the cycle.
  struct InCycle {
    Placed item;
    exact::Rational local;
    Frame inside;
    std::size_t number;
  };
  InCycle in_cycle(const Placed& placed, const Cycles& cycles, const exact::Rational& at,
                   const Frame& frame);
  // The phase that the end of a repeat cuts: where it begins, and where in updates it is read.
  struct Cut {
    exact::Rational begin;
    ir::Reading reading;
  };
  std::optional<Cut> cut_at_end(const Placed& placed, const Cycles& cycles, const Frame& frame);
  BoundLevel evaluate(const CodeBuilder& code, bool relative) const;

  // In the clock and above zero: a parameter may be set to what the policy could not say itself.
  [[nodiscard]] exact::Rational duration(const exact::Length& value, const ir::Phase& phase,
                                         const Frame& frame) const;
  [[nodiscard]] const exact::Length& checked(const exact::Length& value, const ir::Phase& phase,
                                             const Frame& frame) const;
  [[nodiscard]] exact::Rational length(const exact::Length& value, const Frame& frame) const;
  [[nodiscard]] exact::Rational position(const exact::Length& value) const;
  [[nodiscard]] std::string spoken(const exact::Length& length, const Frame& frame) const;
  [[nodiscard]] std::pair<exact::Rational, exact::Rational> span(
      const Placed& placed, const std::optional<ir::Over>& over, const Frame& frame) const;
  [[nodiscard]] double peak() const;
  [[nodiscard]] double absolute(const BoundLevel& level) const;

  const Environment& environment_;
  runtime::Program& program_;
  ProgramBuilder& builder_;
  std::string output_;
  std::optional<ir::Scale> scale_;
  EmitCurve emit_curve_;

  // What is bound at the moment.
  const Path::Piece* piece_ = nullptr;  // of the path; null where pieces make no difference
  std::optional<Interval> window_;      // the updates of that piece
  bool in_pieces_ = false;              // inside one, or inside a cycle, where there are none
  double scaling_ = 1;                  // of the peak by the batch
  std::optional<exact::Unit> clock_;    // in which places and lengths are given
  double peak_factor_ = 1;              // of the cycle that is bound
  bool on_path_ = false;                // in a cycle that has its own place on the path
  bool in_levels_ = false;  // a cycle whose values are still to be multiplied by the peak
  std::size_t phases_ = 0;  // of this curve so far
};

}  // namespace lrc::bind
