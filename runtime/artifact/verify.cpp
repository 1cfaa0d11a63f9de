#include "runtime/artifact/verify.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "runtime/artifact/ranges.h"
#include "runtime/host/operands.h"

namespace lrc::runtime {
namespace {

struct Refusal {
  std::string reason;
};

[[noreturn]] void refuse(std::string reason) { throw Refusal{std::move(reason)}; }

void require(bool condition, const char* what, std::size_t which, const char* is_wrong) {
  if (!condition)
    refuse(std::string(what) + " " + std::to_string(which) + " of its bound program " + is_wrong);
}

void require(bool condition, const char* problem) {
  if (!condition) refuse(std::string("its bound program ") + problem);
}

// ----------------------------------------------------------------- names, groups, slots and rules

// Names stand in the lines of logs and of saved states.
bool is_name(const std::string& text) {
  return !text.empty() && text.size() <= maximum_text_bytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_';
         });
}

bool is_line(const std::string& text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return c >= 0 && c < ' '; });
}

// Of a group: a policy may number groups, as in `layers[3]`.
bool is_group_name(const std::string& text) {
  return !text.empty() && text.size() <= 2 * maximum_text_bytes && is_line(text);
}

bool distinct(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) == names.end();
}

void check_identity(const Identity& identity) {
  require(identity.policy.empty() || is_name(identity.policy), "has no policy's name");
  require(is_line(identity.hash) && is_line(identity.run_hash), "has no hash");
  require(identity.facts.find('\0') == std::string::npos, "has facts that are no text");
}

void check_names(const std::vector<std::string>& names, const char* what,
                 bool (*is_valid)(const std::string&) = is_name) {
  for (std::size_t k = 0; k < names.size(); ++k)
    require(is_valid(names[k]), what, k, "has no name that a policy can give");
  require(distinct(names), "has two outputs, groups or metrics of one name");
}

void check_groups(const Program& program) {
  std::vector<std::string> names;
  for (const Group& group : program.groups) names.push_back(group.name);
  check_names(names, "group", is_group_name);
  const std::vector<GroupSet>& sets = program.group_sets;
  require(!sets.empty() && sets.front().empty(), "does not begin outside any group");
  require(program.frozen_until.size() == sets.size(), "does not say which groups are frozen");
  for (std::size_t k = 0; k < sets.size(); ++k) {
    const bool rising = std::adjacent_find(sets[k].begin(), sets[k].end(),
                                           [](auto a, auto b) { return a >= b; }) == sets[k].end();
    require(rising && (sets[k].empty() || sets[k].back() < program.groups.size()), "set of groups",
            k, "names groups that there are not, or out of order");
    require(program.frozen_until[k] >= 0, "set of groups", k, "is frozen before the start");
  }
}

void check_slots(const Program& program) {
  require(!program.outputs.empty(), "has no output");
  require(program.slots.size() == program.outputs.size() * program.group_sets.size(),
          "does not have a value for every output and set of groups");
  for (std::size_t k = 0; k < program.slots.size(); ++k) {
    const Slot& slot = program.slots[k];
    require(
        slot.output == k % program.outputs.size() && slot.group_set == k / program.outputs.size(),
        "slot", k, "is out of order");
  }
}

void check_signals(const Rule& rule, std::size_t k) {
  require(rule.signals.size() <= maximum_signals, "rule", k, "has too many signals");
  require(std::all_of(rule.signals.begin(), rule.signals.end(), is_name), "rule", k,
          "has a signal without a name that a policy can give");
  require(distinct(rule.signals), "rule", k, "has a signal twice");
}

void check_rule(const Program& program, std::size_t k) {
  const Rule& rule = program.rules[k];
  const auto observed = [&](std::uint32_t metric) { return metric < program.metrics.size(); };
  require(std::all_of(rule.metrics.begin(), rule.metrics.end(), observed), "rule", k,
          "observes a metric that there is not");
  require(!std::isnan(rule.level) && rule.count >= 1 && rule.cooldown >= 0 && rule.after >= 0,
          "rule", k, "has numbers that no rule has");
  require(rule.trigger != Rule::Trigger::spike || rule.count <= maximum_window, "rule", k,
          "has too long a window");
  require(rule.first_reaction <= program.reactions.size() &&
              rule.reactions <= program.reactions.size() - rule.first_reaction,
          "rule", k, "has reactions that there are not");
  check_signals(rule, k);
}

void check_reaction(const Program& program, std::size_t k) {
  const Reaction& reaction = program.reactions[k];
  require(std::isfinite(reaction.by) && reaction.by >= 0 && reaction.updates >= 0 &&
              reaction.most >= 0 && !std::isnan(reaction.ignored),
          "reaction", k, "has numbers that no reaction has");
}

void check_rules(const Program& program) {
  check_names(program.metrics, "metric");
  require(program.rules.size() <= maximum_rules, "has too many rules");
  for (std::size_t k = 0; k < program.rules.size(); ++k) check_rule(program, k);
  for (std::size_t k = 0; k < program.reactions.size(); ++k) check_reaction(program, k);
}

void check_phases(const Program& program) {
  const std::vector<NamedPhase>& phases = program.phases;
  require(phases.size() <= maximum_named_phases, "has too many names of phases");
  for (std::size_t k = 0; k < phases.size(); ++k) {
    const NamedPhase& phase = phases[k];
    require(phase.output < program.outputs.size() && phase.start >= 0, "named phase", k,
            "is of an output or at an update that there is not");
    require(!phase.name.empty() && phase.name.size() <= maximum_phase_name && is_line(phase.name),
            "named phase", k, "has no name of one short line");
    require(k == 0 || std::pair(phases[k - 1].output, phases[k - 1].start) <
                          std::pair(phase.output, phase.start),
            "named phase", k, "is out of order");
  }
}

void check_clamps(const Program& program) {
  const std::vector<Limits>& clamps = program.clamps;
  require(clamps.empty() || clamps.size() == program.slots.size(),
          "does not say of every slot how it is clamped");
  for (std::size_t k = 0; k < clamps.size(); ++k)
    require(clamps[k].low <= clamps[k].high, "slot", k, "has a clamp with its ends exchanged");
}

// ---------------------------------------------------------------------------- codes and constants

bool calls_curve(Operation operation) {
  return operation == Operation::curve || operation == Operation::cycle ||
         operation == Operation::held;
}

void check_code(const Program& program, std::size_t index) {
  const Code& code = program.codes[index];
  require(!code.empty() && code.size() <= maximum_registers, "code", index, "is empty or too long");
  for (std::size_t k = 0; k < code.size(); ++k) {
    const Instruction& i = code[k];
    const std::uint32_t operands[] = {i.a, i.b, i.c, i.d};
    for (std::size_t x = 0; x < operands_of(i.operation).registers; ++x)
      require(operands[x] < k, "code", index, "reads a register that is not written yet");
    if (i.operation == Operation::factor)
      require(i.a < program.reactions.size(), "code", index, "reads a reaction that there is not");
    if (calls_curve(i.operation))
      require(i.a < program.curves.size(), "code", index, "calls a curve that there is not");
  }
}

// How many constants are looked at: stretches may share them.
class Looked {
 public:
  void at(std::size_t constants) {
    sum_ += constants;
    require(sum_ <= maximum_constants, "has too many numbers in its stretches");
  }

 private:
  std::size_t sum_ = 0;
};

// The numbers behind a `passed`: their count, and they.
void check_list(const Program& program, std::size_t first, Looked& looked) {
  const Integer count = program.integers[first];
  const auto left = static_cast<Integer>(program.integers.size() - first - 1);
  require(count >= 0 && count <= left, "has a list of places that is cut");
  looked.at(static_cast<std::size_t>(count));
  const auto begin = program.integers.begin() + static_cast<std::ptrdiff_t>(first) + 1;
  require(std::is_sorted(begin, begin + static_cast<std::ptrdiff_t>(count)),
          "has a list of places that do not rise");
}

// Whether `first` and `count` constants from there lie among `size`.
bool lies_within(std::uint64_t first, std::uint64_t count, std::size_t size) {
  return first <= size && count <= size - first;
}

void check_constants(const Program& program, const Segment& segment, Looked& looked) {
  looked.at(program.codes[segment.code].size());
  for (const Instruction& i : program.codes[segment.code]) {
    const Operands operands = operands_of(i.operation);
    const std::uint64_t first = std::uint64_t{operands.count == 2 ? i.b : i.a};
    if (operands.reals > 0)
      require(lies_within(segment.first_real + first, operands.reals, program.reals.size()),
              "has a stretch whose numbers are cut");
    if (operands.integers == 0) continue;
    require(lies_within(segment.first_integer + first, operands.integers, program.integers.size()),
            "has a stretch whose integers are cut");
    if (i.operation == Operation::passed)
      check_list(program, segment.first_integer + first, looked);
  }
}

void check_segment(const Program& program, const Segment& segment, Looked& looked) {
  require(segment.code < program.codes.size(), "has a stretch without code");
  require(segment.first_integer <= program.integers.size() &&
              segment.first_real <= program.reals.size(),
          "has a stretch whose numbers are elsewhere");
  check_constants(program, segment, looked);
}

// What a reaction is measured by is used only where it says so.
bool measures(const Reaction& reaction) { return reaction.ignored >= 0; }

void check_segments(const Program& program) {
  Looked looked;
  for (const Segment& segment : program.segments) check_segment(program, segment, looked);
  for (const Slot& slot : program.slots) check_segment(program, slot.value, looked);
  for (const Reaction& reaction : program.reactions) {
    if (measures(reaction)) check_segment(program, reaction.value, looked);
  }
}

// ----------------------------------------------------------------------------------------- curves

// Curves share no stretches: each begins where the one before it ends.
void check_layout(const Program& program) {
  std::size_t segments = 0;
  std::size_t thresholds = 0;
  for (std::size_t k = 0; k < program.curves.size(); ++k) {
    const Curve& curve = program.curves[k];
    require(curve.segments >= 1 && curve.first_segment == segments &&
                curve.first_threshold == thresholds,
            "curve", k, "does not begin where the one before it ends");
    segments += curve.segments;
    thresholds += curve.segments - 1;
  }
  require(segments == program.segments.size() && thresholds == program.thresholds.size(),
          "has other stretches than its curves");
}

void check_curve(const Program& program, std::size_t index) {
  const Curve& curve = program.curves[index];
  const Integer* first = program.thresholds.data() + curve.first_threshold;
  const Integer* last = first + (curve.segments - 1);
  require(std::adjacent_find(first, last, [](Integer a, Integer b) { return a >= b; }) == last,
          "curve", index, "has stretches out of order");
  for (std::size_t k = 0; k < curve.segments; ++k) {
    for (const Instruction& i : program.codes[program.segments[curve.first_segment + k].code])
      require(!calls_curve(i.operation) || i.a < index, "curve", index,
              "calls one that is not before it");
  }
}

void check_bounds(const std::vector<Integer>& integers) {
  for (const Integer integer : integers)
    require(integer < integer_limit && integer > -integer_limit, "has integers beyond 2^126");
}

// How much evaluating takes at worst.
struct Work {
  std::size_t operations = 0, depth = 0;
};

Work work_of(const Code& code, const std::vector<Work>& curves) {
  Work work{code.size(), 0};
  for (const Instruction& i : code) {
    if (!calls_curve(i.operation)) continue;
    work.operations = std::min(work.operations + curves[i.a].operations, maximum_operations + 1);
    work.depth = std::max(work.depth, curves[i.a].depth);
  }
  return {work.operations, work.depth + 1};
}

void check_work(const Program& program) {
  std::vector<Work> curves;
  for (const Curve& curve : program.curves) {
    Work most;
    for (std::size_t k = 0; k < curve.segments; ++k) {
      const Work work =
          work_of(program.codes[program.segments[curve.first_segment + k].code], curves);
      most = {std::max(most.operations, work.operations), std::max(most.depth, work.depth)};
    }
    curves.push_back(most);
  }
  for (const Code& code : program.codes) {
    const Work work = work_of(code, curves);
    require(work.operations <= maximum_operations, "takes too many operations for one value");
    require(work.depth <= maximum_curve_depth + 1, "has too many curves in curves");
  }
}

void check(const Program& program) {
  check_identity(program.identity);
  check_names(program.outputs, "output");
  check_groups(program);
  check_slots(program);
  check_rules(program);
  require(program.end >= 0, "ends before its start");
  require(program.updates >= 0, "has less than no updates");
  check_phases(program);
  check_clamps(program);
  check_bounds(program.thresholds);
  check_bounds(program.integers);
  for (std::size_t k = 0; k < program.codes.size(); ++k) check_code(program, k);
  check_segments(program);
  check_layout(program);
  for (std::size_t k = 0; k < program.curves.size(); ++k) check_curve(program, k);
  check_work(program);
  if (const char* problem = out_of_range(program)) require(false, problem);
}

}  // namespace

std::optional<std::string> verify(const Program& program) {
  try {
    check(program);
  } catch (Refusal& refusal) {
    return std::move(refusal.reason);
  }
  return std::nullopt;
}

}  // namespace lrc::runtime
