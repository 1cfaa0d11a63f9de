#include "compiler/prove/levels.h"

#include <cmath>

#include "compiler/ir/operation.h"
#include "compiler/prove/places.h"

namespace lrc::prove {
namespace {

using exact::Rational;
using runtime::Operation;

constexpr Interval any_size = {0, std::numeric_limits<double>::max()};
// So many neighbours cover the roundings of a product or a quotient of levels, told in shares.
constexpr int rounded_twice = 4;
// Far from where products lose digits.
constexpr double ordinary = 1e-150;

Interval product(const Interval& x, const Interval& y) {
  return apply(Operation::multiply, {x, y, {}, {}});
}

Interval single(const Rational& value) { return point(exact::to_double(value)); }

template <class Items>
auto* of_output(Items& items, const std::string& output) {
  const auto found = std::find_if(items.begin(), items.end(),
                                  [&](const auto& item) { return item.output == output; });
  return found == items.end() ? nullptr : &*found;
}

const ir::Output* of_name(const std::vector<ir::Output>& outputs, const std::string& name) {
  return &*std::find_if(outputs.begin(), outputs.end(),
                        [&](const ir::Output& output) { return output.name == name; });
}

// What is computed is at least zero and at most the largest number; what is not is that anyway.
Interval defined(const Interval& value) {
  return {std::clamp(value.low, 0.0, any_size.high), std::clamp(value.high, 0.0, any_size.high)};
}

Interval hull_of(const std::vector<Piece>& pieces) {
  Interval all = pieces.front().range;
  for (const Piece& piece : pieces) all = hull(all, piece.range);
  return all;
}

}  // namespace

Levels::Levels(const ir::Program& program, const bind::Facts& facts, std::string output, Told told)
    : program_(program), facts_(facts), output_(std::move(output)), told_(told), peak_(any_size) {
  if (const auto given = facts.peaks.find(output_); given != facts.peaks.end())
    peak_ = single(given->second);
  if (const ir::Peak* stated = of_output(program.peaks, output_)) peak_ = number(stated->value);
}

Interval Levels::number(const exact::Number& value) const {
  if (const auto* literal = std::get_if<Rational>(&value)) return single(*literal);
  if (const auto* call = std::get_if<exact::NumberCall>(&value)) return called(*call);
  const std::string& name = std::get<exact::ParameterName>(value).name;
  const auto given = facts_.parameters.find(name);
  if (given != facts_.parameters.end()) return single(given->second);
  for (const ir::Parameter& item : program_.parameters) {
    if (item.name == name && item.range)
      return {exact::to_double(item.range->first), exact::to_double(item.range->second)};
  }
  return any_size;
}

// Exact until it must be real: one rounding more or less than here.
Interval Levels::called(const exact::NumberCall& call) const {
  std::vector<Interval> operands;
  for (const exact::Number& argument : call.arguments) operands.push_back(number(argument));
  const ir::OperationFacts* facts = ir::operation_named(call.function);
  if (facts == nullptr || operands.size() > 2) return everything;
  operands.resize(2);
  return widened(apply(facts->operation, {operands[0], operands[1], {}, {}}), rounded_twice);
}

Interval Levels::level(const exact::Level& value) const {
  const Interval amount = number(value.amount);
  if (told_ == Told::as_values) return value.relative ? product(amount, peak_) : amount;
  if (value.relative || amount == point(0)) return amount;
  if (peak_.low == 0) return {0, everything.high};
  return widened(apply(Operation::divide, {amount, peak_, {}, {}}), rounded_twice);
}

std::optional<Piece> Levels::ramp(const ir::Level& to, Direction shape, bool over,
                                  const Interval& from) const {
  const Interval end = level(to);
  Piece built{hull(from, end), over ? hull(from, end) : end, Direction::any, false};
  if (shape != Direction::rising) return built;
  if (from.high <= end.low) built.direction = Direction::rising;
  if (from.low >= end.high) built.direction = Direction::falling;
  if (from == end && from.single()) built.direction = Direction::still;
  return built;
}

// from * factor^times; the binder stops it at the largest number.
std::optional<Piece> Levels::power(const Interval& factor, const Interval& times,
                                   const Interval& from) const {
  Interval power = apply(Operation::power, {factor, times, {}, {}});
  power.high = std::min(power.high, any_size.high);
  Interval range = product(from, power);
  // Told in shares the factor meets the level before the peak does, as in the program.
  range.high = std::min(range.high, any_size.high);
  Piece built{hull(range, from), range, Direction::any, false};
  if (from.low < 0) return built;
  if (factor.high <= 1) built.direction = Direction::falling;
  if (factor.low >= 1) built.direction = Direction::rising;
  return built;
}

std::optional<Piece> Levels::piece(const ir::Phase& phase, const Interval& from) const {
  constexpr Interval any_time = {0, everything.high};
  if (std::holds_alternative<ir::Hold>(phase.form))
    return Piece{from, from, Direction::still, false};
  if (const auto* form = std::get_if<ir::Ramp>(&phase.form))
    return ramp(form->to, of_formula(form->shape).direction, form->over.has_value(), from);
  if (const auto* form = std::get_if<ir::ExponentialRamp>(&phase.form))
    return ramp(form->to, Direction::rising, form->over.has_value(), from);
  if (const auto* form = std::get_if<ir::Decay>(&phase.form))
    return power(number(form->factor), any_time, from);
  if (const auto* form = std::get_if<ir::Milestones>(&phase.form))
    return power(number(form->factor), {0, static_cast<double>(form->positions.size())}, from);
  if (std::holds_alternative<ir::InverseSquareRoot>(phase.form)) return shrinking(from);
  if (const auto* form = std::get_if<ir::PowerLaw>(&phase.form))
    return power_law(number(form->power), from);
  if (const auto* form = std::get_if<ir::Repeat>(&phase.form)) return cycles(*form, from);
  const auto* form = std::get_if<ir::Formulaic>(&phase.form);
  const auto range = form == nullptr ? std::nullopt : of_curve(form->curve[0]);
  if (!range) return std::nullopt;
  return Piece{defined(*range), defined(*range), Direction::any, false};
}

// Ever less of what it starts from.
Piece Levels::shrinking(const Interval& from) {
  const Interval range = product(from, {0, 1});
  return {range, range, from.low >= 0 ? Direction::falling : Direction::any, false};
}

// from * x^power, x from 1 upwards.
std::optional<Piece> Levels::power_law(const Interval& exponent, const Interval& from) const {
  Interval power = apply(Operation::power, {{1, any_size.high}, exponent, {}, {}});
  power.high = std::min(power.high, any_size.high);
  Interval range = product(from, power);
  range.high = std::min(range.high, any_size.high);
  Piece built{hull(range, from), hull(range, from), Direction::any, false};
  if (from.low < 0) return built;
  if (exponent.high <= 0) built.direction = Direction::falling;
  if (exponent.low >= 0) built.direction = Direction::rising;
  return built;
}

// Cycles that are alike but for their length.
std::optional<Piece> Levels::cycles(const ir::Repeat& repeat, const Interval& from) const {
  const exact::Number one = Rational(1);
  if (repeat.peak != one || repeat.swing != one) return std::nullopt;
  const auto body = walk(repeat.body, from, true);
  if (!body) return std::nullopt;
  const Interval all = hull_of(*body);
  return Piece{all, all, Direction::any, false};
}

// `cut`: any of the phases may end early, and hand over what it has reached.
std::optional<std::vector<Piece>> Levels::walk(const std::vector<ir::Phase>& phases, Interval from,
                                               bool cut) const {
  std::vector<Piece> pieces;
  for (std::size_t i = 0; i < phases.size(); ++i) {
    if (phases[i].from) from = level(*phases[i].from);
    auto piece = this->piece(phases[i], from);
    if (!piece) return std::nullopt;
    piece->joined = i > 0 && joined(phases[i - 1], phases[i]);
    from = cut ? hull(piece->range, piece->to) : piece->to;
    pieces.push_back(*piece);
  }
  return pieces;
}

std::optional<std::vector<Piece>> Levels::pieces(const ir::Timeline& timeline) const {
  // The batch scales the peak from one update to the next.
  if (of_name(program_.outputs, output_)->scale) return std::nullopt;
  return walk(timeline.phases, point(0), false);
}

std::optional<Interval> Levels::of_curve(const ir::Curve& curve) const {
  using Kind = ir::Curve::Kind;
  switch (curve.kind) {
    case Kind::timeline: {
      const auto pieces = this->pieces(curve.timeline);
      return pieces ? std::optional(hull_of(*pieces)) : std::nullopt;
    }
    case Kind::combination: return combined(curve);
    case Kind::late:
    case Kind::held:
    case Kind::extended: return of_curve(curve.operands[0]);
    case Kind::mirrored: return hull(level(curve.low), level(curve.high));
    case Kind::noise:
    case Kind::progress: return values({0, 1});
    case Kind::position:
    case Kind::elapsed: return values(any_size);
    case Kind::reference: return std::nullopt;
  }
  return std::nullopt;
}

// A number that is no share of the peak.
std::optional<Interval> Levels::values(const Interval& range) const {
  return told_ == Told::as_values ? std::optional(range) : std::nullopt;
}

// Shares can be compared as they are; what is computed of them depends on the peak.
std::optional<Interval> Levels::combined(const ir::Curve& curve) const {
  const bool extreme = curve.name == "min" || curve.name == "max";
  if (!extreme && told_ != Told::as_values) return std::nullopt;
  const Operation operation = ir::operation_named(curve.name)->operation;
  std::optional<Interval> all;
  for (const ir::Curve& operand : curve.operands) {
    const auto next = of_curve(operand);
    if (!next) return std::nullopt;
    all = all ? apply(operation, {*all, *next, {}, {}}) : *next;
  }
  if (curve.operands.size() == 1 && !extreme) all = apply(operation, {*all, {}, {}, {}});
  return all;
}

Image Levels::of_formula(const ir::Formula& formula) const {
  if (formula.kind == ir::Formula::Kind::progress) return {{0, 1}, Direction::rising};
  if (formula.kind == ir::Formula::Kind::number) return {number(formula.number), Direction::still};
  std::vector<Image> operands;
  for (const ir::Formula& argument : formula.arguments) operands.push_back(of_formula(argument));
  operands.resize(4);
  return image_of(ir::operation_named(formula.function)->operation, operands[0], operands[1],
                  operands[2], operands[3]);
}

namespace {

bool is_power_of_two(double value) {
  int exponent = 0;
  constexpr double mantissa = 0.5;
  return std::frexp(value, &exponent) == mantissa;
}

// level * factor, told as a share: the peak is multiplied between the two, so the product may round
// to another neighbour, unless one of them is a power of two and all are ordinary numbers.
Interval share(double level, double factor, double peak) {
  if (level == 0 || factor == 0) return point(0);
  const Interval exactly = point(level * factor);
  if (peak < ordinary || level < ordinary || factor < ordinary) return {0, everything.high};
  const bool exact = is_power_of_two(level) || is_power_of_two(factor);
  return exact ? exactly : widened(exactly, rounded_twice);
}

}  // namespace

// A factor that leads away from an end leaves it where it is, since rounding keeps the order.
Interval Levels::multiplied(const Interval& value, const Interval& by) const {
  Interval result = product(value, by);
  if (told_ == Told::in_shares) {
    result = {share(value.low, by.low, peak_.low).low, share(value.high, by.high, peak_.low).high};
    if (by.low >= 1) result.low = std::max(result.low, value.low);
    if (by.high <= 1) result.high = std::min(result.high, value.high);
  }
  result.high = std::min(result.high, any_size.high);
  return result;
}

Interval Levels::clamped(const Interval& value, const ir::Clamp& clamp) const {
  const Interval raised = apply(Operation::maximum, {value, level(clamp.low), {}, {}});
  return apply(Operation::minimum, {raised, level(clamp.high), {}, {}});
}

const ir::Clamp* Levels::clamp() const {
  const auto& clamp = of_name(program_.outputs, output_)->clamp;
  return clamp ? &*clamp : nullptr;
}

// By what a reaction multiplies, in any state of its rule.
Interval Levels::factors(const ir::Reaction& reaction) const {
  const Interval by = number(reaction.by);
  if (reaction.duration) return hull(point(1), by);
  constexpr std::uint64_t counted = 1000;
  if (reaction.most && *reaction.most <= counted) {
    const auto most = static_cast<double>(*reaction.most);
    const Interval power = apply(Operation::power, {by, point(most), {}, {}});
    return hull(point(1), widened(power, static_cast<int>(*reaction.most) + rounded_twice));
  }
  return {by.low < 1 ? 0.0 : 1.0, by.high > 1 ? any_size.high : 1.0};
}

Interval Levels::reacted(Interval value) const {
  for (const ir::Rule& rule : program_.rules) {
    for (const ir::Reaction& reaction : rule.reactions) {
      if (reaction.output != output_) continue;
      Interval product = multiplied(value, factors(reaction));
      if (reaction.floor) {
        const Interval floor = apply(Operation::minimum, {value, level(*reaction.floor), {}, {}});
        product = apply(Operation::maximum, {product, floor, {}, {}});
      }
      value = product;
    }
  }
  return value;
}

std::optional<Interval> Levels::in_groups(const ir::Curve& curve,
                                          const runtime::GroupSet& groups) const {
  std::optional<Interval> value = of_curve(curve);
  if (!value) return std::nullopt;
  value = defined(*value);
  bool frozen = false;
  for (const std::uint32_t group : groups) {
    frozen = frozen || program_.groups[group].frozen;
    if (const auto* factor = of_output(program_.groups[group].factors, output_))
      value = multiplied(*value, number(factor->by));
  }
  value = reacted(*value);
  if (const ir::Clamp* limits = clamp()) value = clamped(*value, *limits);
  for (const std::uint32_t group : groups) {
    if (const auto* limits = of_output(program_.groups[group].clamps, output_))
      value = clamped(*value, limits->clamp);
  }
  return frozen ? hull(*value, point(0)) : value;
}

// Each group applies or does not.
std::optional<Interval> Levels::in_any_groups(const ir::Curve& curve) const {
  std::optional<Interval> value = of_curve(curve);
  if (!value) return std::nullopt;
  value = defined(*value);
  bool frozen = false;
  for (const ir::Group& group : program_.groups) {
    frozen = frozen || group.frozen;
    if (const auto* factor = of_output(group.factors, output_))
      value = hull(*value, multiplied(*value, number(factor->by)));
  }
  value = reacted(*value);
  if (const ir::Clamp* limits = clamp()) value = clamped(*value, *limits);
  for (const ir::Group& group : program_.groups) {
    if (const auto* limits = of_output(group.clamps, output_))
      value = hull(*value, clamped(*value, limits->clamp));
  }
  return frozen ? hull(*value, point(0)) : value;
}

Direction direction(const std::vector<Piece>& pieces,
                    const std::function<bool(std::size_t)>& counts) {
  Direction all = Direction::still;
  const Piece* before = nullptr;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (!counts(i)) continue;
    const Piece& piece = pieces[i];
    Direction jump = Direction::any;
    if (before == nullptr || piece.joined)
      jump = Direction::still;
    else if (before->range.high <= piece.range.low)
      jump = Direction::rising;
    else if (before->range.low >= piece.range.high)
      jump = Direction::falling;
    all = together(all, together(jump, piece.direction));
    before = &piece;
  }
  return all;
}

}  // namespace lrc::prove
