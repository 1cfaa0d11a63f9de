#include "compiler/bind/bind.h"

#include <algorithm>
#include <limits>
#include <set>
#include <tuple>
#include <utility>

#include "compiler/bind/code.h"
#include "compiler/bind/environment.h"
#include "compiler/bind/extension.h"
#include "compiler/bind/facts_text.h"
#include "compiler/bind/mirror.h"
#include "compiler/bind/rules.h"
#include "compiler/bind/timeline.h"
#include "compiler/ir/canonical.h"
#include "compiler/ir/operation.h"
#include "runtime/arithmetic/environment.h"

namespace lrc::bind {
namespace {

using exact::Rational;
using runtime::Operation;

template <class Items>
auto* named(Items& items, const std::string& output) {
  const auto found = std::find_if(items.begin(), items.end(), [&](const auto& item) {
    if constexpr (requires { item.output; })
      return item.output == output;
    else
      return item.name == output;
  });
  return found == items.end() ? nullptr : &*found;
}

class Binder {
 public:
  Binder(const ir::Program& program, const Facts& facts, const Request& request)
      : program_(program),
        request_(request),
        environment_(program, facts),
        builder_(bound_.program) {
    runtime::Program& built = bound_.program;
    built.identity = {request.policy, request.version, request.hash, "",
                      facts_text(program, facts, environment_)};
    built.identity.run_hash = ir::hash(fmt::format("{}\n{}", request.hash, built.identity.facts));
    built.outputs = request.outputs;
    built.group_sets = request.group_sets;
    for (std::size_t set = 0; set < request.group_sets.size(); ++set)
      built.frozen_until.push_back(frozen_until(set));
    for (const ir::Group& group : program.groups)
      built.groups.push_back({group.name, group.patterns});
    for (const ir::Output& output : program.outputs) outputs_.emplace(output.name, &output);
    for (std::size_t i = 0; i < request.outputs.size(); ++i)
      requested_.emplace(request.outputs[i], i);
    bound_.run = environment_.run();
    if (bound_.run) built.updates = last_update(*bound_.run);
    bound_.path = environment_.path();
    bound_.phases.resize(request.outputs.size());
    if (request.at) choose_place(*request.at);
  }

  Bound run() {
    if (!request_.rules_at_rest) {
      reactions_ =
          bind_rules(program_, environment_, with_uses(program_, request_.outputs), bound_.program);
    }
    for (std::size_t set = 0; set < request_.group_sets.size(); ++set) {
      for (std::size_t i = 0; i < request_.outputs.size(); ++i) {
        set_ = set;
        bound_.program.slots.push_back({static_cast<std::uint32_t>(i),
                                        static_cast<std::uint32_t>(set),
                                        slot(request_.outputs[i], whole_)});
      }
    }
    set_ = 0;
    find_limits();
    for (const auto& [output, reactions] : reactions_) {
      for (const BoundReaction& reaction : reactions) {
        runtime::Reaction& bound = bound_.program.reactions[reaction.index];
        if (bound.ignored >= 0) bound.value = slot(output, whole_);
      }
    }
    return std::move(bound_);
  }

  std::vector<PlacedPhase> place() {
    const auto whole = [&](const ir::Output& output) {
      CodeBuilder code;
      curve(code, output, {});
    };
    for (const std::string& output : request_.outputs) whole(*outputs_.at(output));
    for (const ir::Group& group : program_.groups) {
      for (const ir::Output& output : group.outputs) whole(output);
    }
    std::vector<PlacedPhase> placed;
    for (const auto& output : bound_.phases) {
      for (const auto& timeline : output)
        placed.insert(placed.end(), timeline.begin(), timeline.end());
    }
    return placed;
  }

 private:
  using Kind = ir::Curve::Kind;

  void choose_place(const At& at) {
    whole_.scale = Rational(exact::denominator(at.position));
    const exact::Integer place = exact::numerator(at.position);
    if (place > runtime::maximum_step) {
      refuse(diagnostics::Code::E0909, std::nullopt, "a position beyond the last update",
             "updates are counted below 2^63");
    }
    bound_.at = place.convert_to<std::int64_t>();
    before_at_ = at.position;
  }

  // M10: curve × group factors × rule factors, then the policy's clamp, then the group's.
  runtime::Segment slot(const std::string& name, const Frame& frame) {
    const ir::Output& output = *outputs_.at(name);
    CodeBuilder code;
    const ir::Output& assigned = assigned_in(set_, name);
    std::uint32_t value = finite(code, curve(code, assigned, frame), grows(assigned.curve));
    for (const std::uint32_t group : request_.group_sets[set_]) {
      if (const ir::Factor* factor = named(program_.groups[group].factors, name)) {
        const double by = environment_.real(factor->by);
        value = finite(code, code.apply(Operation::multiply, value, code.real(by)), by > 1);
      }
    }
    for (const BoundReaction& reaction : reactions_[name]) value = reacted(code, value, reaction);
    if (output.clamp) value = clamp(code, value, *output.clamp, name);
    for (const std::uint32_t group : request_.group_sets[set_]) {
      if (const ir::GroupClamp* limits = named(program_.groups[group].clamps, name))
        value = clamp(code, value, limits->clamp, name);
    }
    return frozen(builder_.add(code), name, frame);
  }

  // M10: `frozen` last, exactly 0, while the curve runs on underneath.
  runtime::Segment frozen(const runtime::Segment& value, const std::string& name,
                          const Frame& frame) {
    const std::int64_t until = name == "lr" ? frozen_until(set_) : 0;
    if (until == 0) return value;
    CodeBuilder zero;
    zero.real(0);
    const bool always = until == runtime::maximum_step;
    const exact::Integer begin = exact::ceiling(Rational(exact::Integer(until)) * frame.scale);
    const std::vector<runtime::Segment> segments =
        always ? std::vector{builder_.add(zero)} : std::vector{builder_.add(zero), value};
    const std::vector<exact::Integer> thresholds =
        always ? std::vector<exact::Integer>{} : std::vector{begin};
    CodeBuilder code;
    code.curve(builder_.add_curve(segments, thresholds));
    return builder_.add(code);
  }

  // The first update that any group of the set does not freeze.
  std::int64_t frozen_until(std::size_t set) const {
    std::int64_t until = 0;
    for (const std::uint32_t group : request_.group_sets[set]) {
      const auto& frozen = program_.groups[group].frozen;
      if (!frozen) continue;
      const std::int64_t end = frozen->until
                                   ? last_update(environment_.steps(*frozen->until, std::nullopt))
                                   : runtime::maximum_step;
      until = std::max(until, end);
    }
    return until;
  }

  // The curve of an output, as the last register of a code.
  std::uint32_t curve(CodeBuilder& code, const ir::Output& output, const Frame& frame) {
    const bool base = &output == outputs_.at(output.name);
    std::vector<std::vector<PlacedPhase>> dropped;
    const auto requested = requested_.find(output.name);
    const bool shown = base && set_ == 0 && frame.scale == 1 && requested != requested_.end();
    const std::string outer = std::exchange(output_, output.name);
    const auto outer_scale = std::exchange(scale_, outputs_.at(output.name)->scale);
    auto* phases = std::exchange(phases_, shown ? &bound_.phases[requested->second] : &dropped);
    if (shown) phases_->clear();
    const Spot spot{frame, {1 / frame.scale, 0, frame.last()}, 0};
    std::uint32_t value = emit(code, output.curve, spot);
    if (output.curve.kind != Kind::timeline && !is_extreme(output.curve))
      value = defined(code, value);
    output_ = outer;
    scale_ = outer_scale;
    phases_ = phases;
    return value;
  }

  // min and max of curves that are values themselves give nothing new.
  static bool is_extreme(const ir::Curve& value) {
    return value.kind == Kind::timeline ||
           (value.kind == Kind::combination && (value.name == "min" || value.name == "max") &&
            std::all_of(value.operands.begin(), value.operands.end(), is_extreme));
  }

  std::uint32_t emit(CodeBuilder& code, const ir::Curve& value, const Spot& spot) {
    switch (value.kind) {
      case Kind::timeline: return code.curve(timeline(value.timeline, value, spot.frame));
      case Kind::combination: return combination(code, value, spot);
      case Kind::reference:
        return outside(code, spot.frame,
                       [&](const Frame& frame) { return reference(value.name, frame); });
      case Kind::position: return position(code, value.unit, spot, 0);
      case Kind::elapsed: return position(code, value.unit, spot, spot.start);
      case Kind::progress: return progress(code, spot);
      case Kind::noise:
        return code.noise(exact::numerator(environment_.number(value.number)),
                          exact::numerator(spot.frame.scale));
      case Kind::mirrored:
        return outside(code, spot.frame, [&](const Frame& frame) { return turned(value, frame); });
      case Kind::late: return late(code, value, spot.frame);
      case Kind::held: return held(code, value, spot.frame);
      case Kind::extended: return extended(code, value, spot.frame);
    }
    return 0;
  }

  std::uint32_t combination(CodeBuilder& code, const ir::Curve& value, const Spot& spot) {
    const Operation operation = ir::operation_named(value.name)->operation;
    std::uint32_t result = emit(code, value.operands[0], spot);
    if (value.operands.size() == 1) {
      const bool extreme = operation == Operation::minimum || operation == Operation::maximum;
      return extreme ? result : code.apply(operation, result);
    }
    for (std::size_t i = 1; i < value.operands.size(); ++i)
      result = code.apply(operation, result, emit(code, value.operands[i], spot));
    return result;
  }

  // The share of the run that lies behind, in the unit of the run.
  std::uint32_t progress(CodeBuilder& code, const Spot& spot) {
    const Rational& run = environment_.run().value();
    if (environment_.path().constant()) return code.progress(spot.place, 0, run);
    const std::uint32_t at = position(code, environment_.run_unit(), spot, 0);
    const double whole = Environment::real(environment_.path().clock(environment_.run_unit(), run));
    const std::uint32_t share = code.apply(Operation::divide, at, code.real(whole));
    return code.apply(Operation::minimum, share, code.real(1));
  }

  std::uint32_t position(CodeBuilder& code, exact::Unit unit, const Spot& spot,
                         const Rational& start) {
    const Path& path = environment_.path();
    if (path.constant() || unit == exact::Unit::steps) {
      const Rational factor = environment_.factor(exact::Unit::steps, unit);
      return code.ratio(spot.place, factor, -start * factor, 0, 1);
    }
    if (spot.frame.cycle) static_cast<void>(environment_.factor(exact::Unit::steps, unit));
    // One line for each piece of the path.
    const auto index = static_cast<std::size_t>(unit);
    std::vector<runtime::Segment> segments;
    std::vector<exact::Integer> thresholds;
    for (const Path::Piece& piece : path.pieces()) {
      const Rational& rate = piece.per_update[index].value();
      const Rational origin =
          path.clock(unit, start) - piece.clock[index] + rate * Rational(piece.begin);
      CodeBuilder line;
      line.ratio(spot.place, rate, -origin, 0, 1);
      segments.push_back(builder_.add(line));
      if (segments.size() > 1)
        thresholds.push_back(exact::ceiling(Rational(piece.begin) * spot.frame.scale));
    }
    return code.curve(builder_.add_curve(segments, thresholds));
  }

  // Each schedule is bound once for a frame, however many sets of groups use it, unless it uses
  // other outputs, which differ between sets.
  std::uint32_t timeline(const ir::Timeline& timeline, const ir::Curve& key, const Frame& frame) {
    const std::size_t set = uses_outputs(timeline.phases) ? set_ : 0;
    const auto [known, fresh] = curves_.try_emplace({&key, set, frame.scale, frame.update});
    if (fresh) {
      BoundTimeline built = bound_timeline(timeline, frame);
      known->second = std::move(built);  // nothing moves in a map
    }
    phases_->push_back(known->second.phases);
    return known->second.curve;
  }

  struct BoundTimeline {
    std::uint32_t curve = 0;
    std::vector<PlacedPhase> phases;
  };
  BoundTimeline bound_timeline(const ir::Timeline& timeline, const Frame& frame) {
    BoundTimeline built;
    TimelineBinder binder(environment_, bound_.program, builder_, output_, scale_,
                          [this](CodeBuilder& code, const ir::Curve& value, const Spot& spot) {
                            return emit(code, value, spot);
                          });
    const bool before = request_.at && request_.at->side == At::Side::before;
    built.curve = before ? binder.bind_before(timeline, before_at_, built.phases)
                         : binder.bind(timeline, frame, built.phases);
    if (timeline.past == ir::Past::error && built.phases.back().end)
      bound_.program.end = std::min(bound_.program.end, last_update(*built.phases.back().end));
    return built;
  }

  static std::int64_t last_update(const Rational& end) {
    const exact::Integer update = exact::ceiling(end);
    return update < runtime::maximum_step ? update.convert_to<std::int64_t>()
                                          : runtime::maximum_step;
  }

  static bool uses_outputs(const ir::Curve& value) {
    return value.kind == Kind::reference ||
           std::any_of(value.operands.begin(), value.operands.end(),
                       [](const ir::Curve& operand) { return uses_outputs(operand); }) ||
           uses_outputs(value.timeline.phases);
  }
  static bool uses_outputs(const std::vector<ir::Phase>& phases) {
    return std::any_of(phases.begin(), phases.end(), [](const ir::Phase& phase) {
      if (const auto* formula = std::get_if<ir::Formulaic>(&phase.form))
        return uses_outputs(formula->curve[0]);
      const auto* repeat = std::get_if<ir::Repeat>(&phase.form);
      return repeat != nullptr && uses_outputs(repeat->body);
    });
  }

  // What follows another output is at the same update as that one: an extension does not move it.
  template <class Bind>
  std::uint32_t outside(CodeBuilder& code, const Frame& frame, Bind bind) {
    if (frame.outer == nullptr) return code.curve(bind(frame));
    const Frame::Outer& outer = *frame.outer;
    CodeBuilder inner;
    outside(inner, outer.frame, bind);
    const std::uint32_t curve = builder_.add_curve({builder_.add(inner)}, {});
    return code.held(curve, outer.multiplier, outer.add, outer.divisor, 1, frame.last());
  }

  // The final value of another output for the same groups.
  std::uint32_t reference(const std::string& name, const Frame& frame) {
    const auto known = references_.find({name, set_, frame.scale, frame.update});
    if (known != references_.end()) return known->second;
    if (!open_.insert(name).second) {
      refuse(diagnostics::Code::E0314, std::nullopt, "outputs that use one another in a ring",
             "the value of an output cannot depend on itself");
    }
    const std::uint32_t index = builder_.add_curve({slot(name, frame)}, {});
    open_.erase(name);
    references_.emplace(std::tuple(name, set_, frame.scale, frame.update), index);
    return index;
  }

  std::uint32_t turned(const ir::Curve& value, const Frame& frame) {
    const ir::Curve& original = value.operands[0];
    if (original.kind == Kind::extended) return turned_extension(value, frame);
    if (original.kind != Kind::timeline) refuse_computed(value);
    const auto [known, fresh] = mirrors_.try_emplace(&value);
    if (fresh)
      known->second = mirrored(original.timeline, value.low, value.high, environment_, value.name);
    return timeline(known->second, value, frame);
  }

  // The mirror of an extended output has its extension, too.
  std::uint32_t turned_extension(const ir::Curve& value, const Frame& frame) {
    const ir::Curve& original = value.operands[0];
    const auto [known, fresh] = extensions_.try_emplace(&value, original);
    if (fresh) {
      ir::Curve& inner = known->second.operands[0];
      if (inner.kind != Kind::timeline) refuse_computed(value);
      inner.timeline = mirrored(inner.timeline, value.low, value.high, environment_, value.name);
    }
    return operand(known->second, frame);
  }

  [[noreturn]] static void refuse_computed(const ir::Curve& mirror) {
    refuse(diagnostics::Code::E0508, std::nullopt,
           fmt::format("`{}` is computed, and only phases can be mirrored", mirror.name),
           "`mirror` follows ramps, holds and cycles of them");
  }

  std::uint32_t operand(const ir::Curve& value, const Frame& frame) {
    CodeBuilder code;
    emit(code, value, {frame, {1 / frame.scale, 0, frame.last()}, 0});
    return builder_.add_curve({builder_.add(code)}, {});
  }

  std::uint32_t late(CodeBuilder& code, const ir::Curve& value, const Frame& frame) {
    const exact::Integer behind =
        exact::numerator(environment_.number(value.number) * frame.update * frame.scale);
    return code.held(operand(value.operands[0], frame), 1, -behind, 1, 1, frame.last());
  }

  std::uint32_t held(CodeBuilder& code, const ir::Curve& value, const Frame& frame) {
    const Rational period = environment_.steps(value.length, std::nullopt);
    if (period <= 0) {
      refuse(diagnostics::Code::E0110, std::nullopt, "a schedule held each period of zero",
             "a period is above zero");
    }
    Frame fine;
    fine.update = frame.update;
    fine.scale = Rational(lcm(exact::denominator(period), exact::numerator(frame.scale)));
    if (frame.outer != nullptr) {
      const exact::Integer finer = exact::numerator(fine.scale / frame.scale);
      Frame::Outer outer = *frame.outer;
      outer.add *= finer;
      outer.divisor *= finer;
      fine.outer = std::make_shared<const Frame::Outer>(std::move(outer));
    }
    const exact::Integer length = exact::numerator(period * fine.scale);
    return code.held(operand(value.operands[0], fine), exact::numerator(fine.scale / frame.scale),
                     0, length, length, frame.last());
  }

  std::uint32_t extended(CodeBuilder& code, const ir::Curve& value, const Frame& frame) {
    const Extension found = extension_of(value, environment_);
    bound_.run = std::max(*bound_.run, found.end);
    const std::size_t first = phases_->size();
    const std::uint32_t before = operand(value.operands[0], frame);
    const std::size_t shown = phases_->size();
    const std::uint32_t behind = stretched(value.operands[0], found, frame);
    phases_->resize(shown);
    for (std::size_t i = first; i < shown; ++i) {
      for (PlacedPhase& phase : (*phases_)[i]) {
        phase.start = found.moved(phase.start);
        if (phase.end) phase.end = found.moved(*phase.end);
      }
    }
    const auto segment = [&](std::uint32_t curve) {
      CodeBuilder of_curve;
      of_curve.curve(curve);
      return builder_.add(of_curve);
    };
    const exact::Integer begin = exact::ceiling(found.at * frame.scale);
    return code.curve(builder_.add_curve({segment(before), segment(behind)}, {begin}));
  }

  // The curve at its own positions, so fine that each position of the run is a whole one.
  std::uint32_t stretched(const ir::Curve& operand, const Extension& extension,
                          const Frame& frame) {
    const Rational step = extension.shrink / frame.scale;
    const Rational origin = extension.at * (1 - extension.shrink);
    Frame fine;
    fine.scale = Rational(lcm(exact::denominator(step), exact::denominator(origin)));
    fine.update = frame.update * extension.shrink;
    const exact::Integer multiplier = exact::numerator(step * fine.scale);
    const exact::Integer add = exact::numerator(origin * fine.scale);
    fine.outer = std::make_shared<const Frame::Outer>(Frame::Outer{frame, 1, -add, multiplier});
    const Rational outside =
        std::exchange(before_at_, Rational(origin + before_at_ * extension.shrink));
    const std::uint32_t curve = this->operand(operand, fine);
    before_at_ = outside;
    CodeBuilder code;
    code.held(curve, multiplier, add, 1, 1, frame.last());
    return builder_.add_curve({builder_.add(code)}, {});
  }

  // M11: a floor never raises. At rest, where the factor is 1, the value keeps its bits.
  std::uint32_t reacted(CodeBuilder& code, std::uint32_t value,
                        const BoundReaction& reaction) const {
    const std::uint32_t factor = code.factor(reaction.index);
    const std::uint32_t product =
        finite(code, code.apply(Operation::multiply, value, factor), reaction.grows);
    if (!reaction.floor) return product;
    const std::uint32_t floor = code.apply(Operation::minimum, value, code.real(*reaction.floor));
    return code.apply(Operation::maximum, product, floor);
  }

  // No infinity leaves a policy: what grows without end stops at the largest number.
  std::uint32_t finite(CodeBuilder& code, std::uint32_t value, bool may_grow) const {
    return may_grow ? code.apply(Operation::minimum, value,
                                 code.real(std::numeric_limits<double>::max()))
                    : value;
  }

  bool grows(const ir::Curve& value) const {
    return (value.kind != Kind::timeline && !is_extreme(value)) ||
           std::any_of(value.operands.begin(), value.operands.end(),
                       [&](const ir::Curve& operand) { return grows(operand); }) ||
           grows(value.timeline.phases);
  }
  bool grows(const std::vector<ir::Phase>& phases) const {
    return std::any_of(phases.begin(), phases.end(), [&](const ir::Phase& phase) {
      if (const auto* decay = std::get_if<ir::Decay>(&phase.form))
        return environment_.number(decay->factor) > 1;
      if (const auto* milestones = std::get_if<ir::Milestones>(&phase.form))
        return environment_.number(milestones->factor) > 1;
      const auto* repeat = std::get_if<ir::Repeat>(&phase.form);
      return repeat != nullptr && (environment_.real(repeat->peak) > 1 ||
                                   environment_.real(repeat->swing) > 1 || grows(repeat->body));
    });
  }

  // What the groups of a set assign to an output, or what the policy does.
  const ir::Output& assigned_in(std::size_t set, const std::string& name) const {
    const ir::Group* group = nullptr;
    for (const std::uint32_t candidate : request_.group_sets[set]) {
      const ir::Group& next = program_.groups[candidate];
      if (named(next.outputs, name) == nullptr) continue;
      if (group != nullptr) {
        refuse(diagnostics::Code::E0402, std::nullopt,
               fmt::format("the groups `{}` and `{}` both set `{}`", group->name, next.name, name),
               "a parameter that matches both would have two values; narrow one of the patterns");
      }
      group = &next;
    }
    return group != nullptr ? *named(group->outputs, name) : *outputs_.at(name);
  }

  std::uint32_t clamp(CodeBuilder& code, std::uint32_t value, const ir::Clamp& limits,
                      const std::string& output) {
    const double low = absolute(limits.low, output);
    const double high = absolute(limits.high, output);
    if (low > high) {
      refuse(diagnostics::Code::E0110, std::nullopt,
             fmt::format("the clamp of `{}` has its lower end {} above its upper end {}", output,
                         low, high),
             "with these facts no value satisfies it");
    }
    value = code.apply(Operation::maximum, value, code.real(low));
    return code.apply(Operation::minimum, value, code.real(high));
  }

  // What the clamps of a slot leave, in the order in which slot() applies them.
  runtime::Limits limits(std::size_t set, const std::string& name) const {
    runtime::Limits left;
    const auto within = [&](const ir::Clamp& clamp) {
      const double low = absolute(clamp.low, name);
      const double high = absolute(clamp.high, name);
      left = {std::min(std::max(left.low, low), high), std::min(std::max(left.high, low), high)};
    };
    if (const auto& clamp = outputs_.at(name)->clamp) within(*clamp);
    for (const std::uint32_t group : request_.group_sets[set]) {
      if (const auto* clamp = named(program_.groups[group].clamps, name)) within(clamp->clamp);
    }
    return left;
  }

  void find_limits() {
    std::vector<runtime::Limits> clamps;
    for (const runtime::Slot& slot : bound_.program.slots)
      clamps.push_back(limits(slot.group_set, request_.outputs[slot.output]));
    const bool any = std::any_of(clamps.begin(), clamps.end(), [](const runtime::Limits& each) {
      return each != runtime::Limits{};
    });
    if (any) bound_.program.clamps = std::move(clamps);
  }

  double absolute(const exact::Level& value, const std::string& output) const {
    const BoundLevel level = environment_.level(value);
    return level.relative ? level.value * environment_.peak(output) : level.value;
  }

  const ir::Program& program_;
  const Request& request_;
  Environment environment_;
  Bound bound_;
  ProgramBuilder builder_;
  std::map<std::string_view, const ir::Output*> outputs_;
  std::map<std::string_view, std::size_t> requested_;  // where in the request

  Frame whole_;         // of the run
  Rational before_at_;  // Request::at, in the time of the curve that is bound

  // What is bound at the moment.
  std::size_t set_ = 0;
  std::string output_;
  std::optional<ir::Scale> scale_;
  std::vector<std::vector<PlacedPhase>>* phases_ = nullptr;
  std::set<std::string> open_;  // references that are being followed

  // What is bound already: by curve or output, set of groups and frame.
  std::map<std::tuple<const ir::Curve*, std::size_t, Rational, Rational>, BoundTimeline> curves_;
  std::map<std::tuple<std::string, std::size_t, Rational, Rational>, std::uint32_t> references_;
  std::map<const ir::Curve*, ir::Timeline> mirrors_;
  std::map<const ir::Curve*, ir::Curve> extensions_;  // of mirrors
  std::map<std::string, std::vector<BoundReaction>> reactions_;
};

}  // namespace

tl::expected<Bound, Failure> bind(const ir::Program& program, const Facts& facts,
                                  const Request& request) {
  const runtime::ArithmeticEnvironment environment;
  try {
    return Binder(program, facts, request).run();
  } catch (const Refusal& refusal) {
    return tl::unexpected(refusal.failure);
  }
}

tl::expected<std::vector<PlacedPhase>, Failure> place(const ir::Program& program,
                                                      const Facts& facts) {
  const runtime::ArithmeticEnvironment environment;
  try {
    Request request;
    for (const ir::Output& output : program.outputs) request.outputs.push_back(output.name);
    return Binder(program, facts, request).place();
  } catch (const Refusal& refusal) {
    return tl::unexpected(refusal.failure);
  }
}

tl::expected<Rational, Failure> place_of(const ir::Program& program, const Facts& facts,
                                         const exact::Length& position) {
  const runtime::ArithmeticEnvironment environment;
  try {
    return Environment(program, facts).position(position);
  } catch (const Refusal& refusal) {
    return tl::unexpected(refusal.failure);
  }
}

}  // namespace lrc::bind
