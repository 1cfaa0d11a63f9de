#pragma once
// The bound program: a policy together with the facts of one run, as flat operations, integers and
// constants. This is what the runtime evaluates and what the compiler's backends translate. Plain
// data: nothing here can fail, and nothing here knows text, units or LLVM.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace lrc::runtime {

// Exact positions, lengths and their products. The binder keeps every product below 2^126.
__extension__ typedef __int128 Integer;

// Every operation writes one binary64 register: instruction i of a code writes register i.
// `position` is the integer at which a curve is evaluated: at the top the number of completed
// updates, inside a cycle the exact place in the cycle in units of 1/scale updates.
// x, y, z, w are earlier registers; I(k) and R(k) are entry k of the segment's constants.
#define LRC_OPERATIONS(X)                                                                      \
  X(real)           /* R(a) */                                                                 \
  X(progress)       /* n/d, limited to [0, 1], n = position*I(a) + I(a+1), d = I(a+2) > 0 */   \
  X(small_progress) /* the same where n and d are known to stay below 2^53 in size */          \
  X(ratio)          /* (position*I(a) + I(a+1)) / (position*I(a+2) + I(a+3)), both >= 0 */     \
  X(floor_ratio)    /* floor((position*I(a) + I(a+1)) / I(a+2)), the quotient >= 0 */          \
  X(passed)         /* how many of the I(a) integers after I(a) are <= position */             \
  X(curve)          /* curve a at the same position */                                         \
  X(cycle)          /* curve a at (position*I(b) + I(b+1)) mod I(b+2) */                       \
  X(held)           /* curve a at max(0, position*I(b) + I(b+1)) / I(b+2) * I(b+3), floored */ \
  X(noise)          /* uniform in [0, 1), by the seed I(a) and position / I(a+1), floored */   \
  X(factor)         /* what the rules make of reaction a at the update, wherever it is read */ \
  X(add)            /* x + y */                                                                \
  X(subtract)       /* x - y */                                                                \
  X(multiply)       /* x * y */                                                                \
  X(divide)         /* x / y */                                                                \
  X(square_root)    /* sqrt(x) */                                                              \
  X(power)          /* pow(x, y) */                                                            \
  X(havpi)          /* sin^2(pi x / 2) */                                                      \
  X(sinpi)          /* sin(pi x) */                                                            \
  X(cospi)          /* cos(pi x) */                                                            \
  X(exp2)           /* 2^x */                                                                  \
  X(log2)           /* log2(x) */                                                              \
  X(tanh)           /* tanh(x) */                                                              \
  X(minimum)        /* x < y ? x : y */                                                        \
  X(maximum)        /* x > y ? x : y */                                                        \
  X(ramp)           /* M8: from x to y, progress z, shape value w */                           \
  X(geometric)      /* M8: from x to y, progress z: x*pow(y/x, z) under the same limits */

enum class Operation : std::uint8_t {
#define LRC_NAME(name) name,
  LRC_OPERATIONS(LRC_NAME)
#undef LRC_NAME
};

struct Instruction {
  Operation operation;
  std::uint32_t a = 0, b = 0, c = 0, d = 0;  // x, y, z, w or indices, as the table above says
  bool operator==(const Instruction&) const = default;
};

// A code has at most this many instructions, so that an interpreter needs no heap.
inline constexpr std::size_t maximum_registers = 512;

// The last register is the code's value.
using Code = std::vector<Instruction>;

// One stretch of a curve: which code, and where its constants begin.
struct Segment {
  std::uint32_t code;
  std::uint32_t first_integer;
  std::uint32_t first_real;
};

// A piecewise function of the position. Segment k holds where
// thresholds[first_threshold + k - 1] <= position < thresholds[first_threshold + k].
struct Curve {
  std::uint32_t first_segment;
  std::uint32_t segments;         // at least 1
  std::uint32_t first_threshold;  // segments - 1 of them, rising strictly
};

// A set of groups that apply to a parameter together, as indices into Program::groups, rising.
using GroupSet = std::vector<std::uint32_t>;

// One number the trainer sets: an output, for the parameters in a set of groups.
struct Slot {
  std::uint32_t output;     // index into Program::outputs
  std::uint32_t group_set;  // index into Program::group_sets
  Segment value;
};

// What a rule does to an output when it fires.
struct Reaction {
  Segment value = {};        // the output outside any group, where `ignored` asks for it
  double by = 1;             // finite, not below 0
  std::int64_t updates = 0;  // a firing holds; 0: for good, and firings multiply
  std::int64_t most = std::numeric_limits<std::int64_t>::max();  // firings
  double ignored = -1;  // a firing that changes the output by this or less does nothing
};

// A state machine that observations of its metrics drive (M11).
struct Rule {
  enum class Trigger : std::uint8_t { plateau, spike, nonfinite, threshold };
  Trigger trigger = Trigger::plateau;
  bool upwards = false;                     // plateau: more is better; threshold: above it
  bool relative = false;                    // plateau: `level` is a share of the best
  bool counting = false;                    // what is not finite is judged like any other value
  std::vector<std::uint32_t> metrics = {};  // indices into Program::metrics
  double level = 0;           // plateau: what better must exceed; spike: so many times its mean
  std::int64_t count = 1;     // plateau: evaluations in a row; spike: updates of the window
  std::int64_t cooldown = 0;  // observations behind a firing that are not counted
  std::int64_t after = 0;     // observations of fewer complete updates are ignored
  std::uint32_t first_reaction = 0;
  std::uint32_t reactions = 0;  // in Program::reactions
  std::uint32_t number = 0;     // which rule of the policy it is, from 0
  // What a firing tells the trainer, by name. No value depends on it.
  std::vector<std::string> signals = {};
};

struct Group {
  std::string name;
  std::vector<std::string> patterns;  // `*` stands for any run of characters, the empty one too
};

// Who this program is: what a log line, a checkpoint or a model card should name.
struct Identity {
  std::string policy;         // empty for a sentence, which has no name
  std::uint64_t version = 0;  // 0 for a sentence
  std::string hash;           // lrc1:…, of the policy
  std::string run_hash;       // lrc1:…, of the policy and its facts
  std::string facts;          // the facts as canonical text, one a line
  bool operator==(const Identity&) const = default;
};

// A stretch of an output's schedule as people call it, for logs: no value depends on it.
struct NamedPhase {
  std::uint32_t output = 0;  // index into Program::outputs
  std::int64_t start = 0;    // its first update
  std::string name;          // one line of at most maximum_phase_name bytes
  bool operator==(const NamedPhase&) const = default;
};

// What the clamps of a slot leave: no value of it is outside, but 0 where it is frozen.
struct Limits {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool operator==(const Limits&) const = default;
};

struct Program {
  Identity identity;
  std::vector<std::string> outputs;
  std::vector<Group> groups;
  std::vector<GroupSet> group_sets;  // the first is always the empty set: outside any group
  // By group set: before this update its parameters are frozen, their lr exactly 0, so that a
  // trainer may turn their gradients off.
  std::vector<std::int64_t> frozen_until;
  std::vector<Slot> slots;           // every output for every group set: group_set-major
  std::vector<std::string> metrics;  // that rules observe
  std::vector<Rule> rules;           // in the author's order
  std::vector<Reaction> reactions;   // of all rules

  // From this update on there is no value: the policy says so of what stands behind its end.
  // Evaluating there gives the last level, and whoever reports says that it means nothing.
  std::int64_t end = std::numeric_limits<std::int64_t>::max();

  // Of the run as planned: no value depends on it. The largest where the run has no end.
  std::int64_t updates = std::numeric_limits<std::int64_t>::max();

  std::vector<Code> codes;
  std::vector<Segment> segments;
  std::vector<Curve> curves;  // a curve refers only to curves before it
  std::vector<Integer> thresholds;
  std::vector<Integer> integers;
  std::vector<double> reals;

  // For logs. Outside any group; by output, then rising strictly.
  std::vector<NamedPhase> phases = {};
  std::vector<Limits> clamps = {};  // by slot; empty where nothing is clamped

  // Index into slots of `output` for parameters in `group_set`.
  [[nodiscard]] std::size_t slot(std::size_t output, std::size_t group_set) const {
    return group_set * outputs.size() + output;
  }
};

// Rules of one program: every observation is shown to each.
inline constexpr std::size_t maximum_rules = 100;
// The longest window of a rule, in updates, and the most observations that it holds.
inline constexpr std::int64_t maximum_window = 10'000;

// The longest name of a phase, in bytes, and the most phases of a program that have one.
inline constexpr std::size_t maximum_phase_name = 48;
inline constexpr std::size_t maximum_named_phases = 10'000;
// Signals of one rule.
inline constexpr std::size_t maximum_signals = 8;

// Steps are counted in [0, 2^63).
inline constexpr std::int64_t maximum_step = std::numeric_limits<std::int64_t>::max();

}  // namespace lrc::runtime
