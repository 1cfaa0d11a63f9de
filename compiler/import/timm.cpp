// timm.scheduler. By default an epoch at a time, read at its start.

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "compiler/import/cycles.h"
#include "compiler/import/families.h"
#include "compiler/import/plateau.h"

namespace lrc::import {
namespace {

const std::vector<std::string> classes = {
    "CosineLRScheduler", "MultiStepLRScheduler", "PlateauLRScheduler", "PolyLRScheduler",
    "StepLRScheduler",   "TanhLRScheduler",      "WSDLRScheduler"};

struct Warmup {
  double length;
  Level from;
  bool prefix;  // what follows starts its count behind the warmup
};

Warmup warmup_of(const Arguments& arguments, bool prefix) {
  return {arguments.number("warmup_t", 0), plain(arguments.number("warmup_lr_init", 0)),
          arguments.flag("warmup_prefix", prefix)};
}

Chain risen(const Warmup& warmup) {
  Chain chain;
  chain.ramp(linear(), warmup.from, x(1), warmup.length);
  return chain;
}

// --- cosine, polynomial and tanh: cycles in one frame

struct Frame {
  Growth growth;
  double decay, limit;  // of the peak with each cycle; how many there are
  Level floor;
  Warmup warmup;
};

Frame frame_of(const Arguments& arguments) {
  Frame frame;
  frame.growth = {arguments.number("t_initial"), arguments.number("cycle_mul", 1)};
  frame.decay = arguments.number("cycle_decay", 1);
  frame.limit = std::floor(arguments.number("cycle_limit", 1));
  frame.floor = plain(arguments.number("lr_min", 0));
  frame.warmup = warmup_of(arguments, false);
  if (frame.growth.first <= 0 || frame.growth.factor <= 0)
    refuse_value("t_initial", arguments.any("t_initial"), "a length above zero is needed");
  return frame;
}

// A cycle's phase between two places in its time; `origin` is where the first cycle begins.
using CyclePhase =
    std::function<void(Chain&, const Frame&, double number, double origin, double length)>;

double begin_of(const Frame& frame, double number, double origin) {
  return origin + cycle_begin(frame.growth, number);
}

// The rest of the cycle that is under way when the warmup ends, and the ones behind it, each said.
Chain cycles_said(const Frame& frame, const CyclePhase& phase) {
  Chain chain = risen(frame.warmup);
  const double origin = frame.warmup.prefix ? frame.warmup.length : 0;
  constexpr double most = 200;
  if (frame.limit > most)
    refuse_unsayable(fmt::format("{} cycles that have to be said one by one", number(frame.limit)),
                     "a policy would be longer than anyone reads",
                     fmt::format("set `cycle_limit` to {} or less", number(most)));
  for (double number = 0; number < frame.limit; number += 1) {
    const double end = begin_of(frame, number + 1, origin), now = chain.closed();
    const bool late = begins_late(frame.growth, number + 1);
    if (end > now) phase(chain, frame, number, origin, end - now);
    if (late && end >= now && chain.closed() == end) chain.hold(frame.floor, 1);
  }
  chain.hold(frame.floor);
  return chain;
}

// One sentence for all cycles, where the first of them begins as such.
std::string repeated(const Frame& frame, const Shape& shape, const Context& context) {
  std::string text = "repeat every " + length(frame.growth.first, context.unit);
  if (frame.growth.factor != 1) text += " growing by " + number(frame.growth.factor);
  if (frame.decay != 1) text += " peak by " + number(frame.decay);
  return text + fmt::format(" at most {} cycles {{ {} from 1x to {} }}", number(frame.limit),
                            shape.words, level(frame.floor, context));
}

void ramp_phase(const Shape& shape, Chain& chain, const Frame& frame, double number, double origin,
                double length) {
  const double begin = begin_of(frame, number, origin);
  chain.ramp_over(shape, x(std::pow(frame.decay, number)), frame.floor, begin,
                  begin + cycle_length(frame.growth, number), length);
}

void add_cycles(Draft& draft, const Frame& frame, const Shape& shape) {
  const bool whole = frame.warmup.prefix || frame.warmup.length == 0;
  if (whole && frame.limit > 1 && !any_begins_late(frame.growth, frame.limit)) {
    Chain chain = risen(frame.warmup);
    chain.words(repeated(frame, shape, draft.context));
    if (!shape.definition.empty()) draft.definitions.push_back(shape.definition);
    return draft.add("lr", chain);
  }
  Chain chain = cycles_said(frame, [&shape](auto&&... place) { ramp_phase(shape, place...); });
  if (frame.limit == 1 && chain.closed() > frame.warmup.length && !begins_late(frame.growth, 1)) {
    draft.set_run(chain.closed());
    chain = chain.cut(chain.closed());
  }
  if (!whole)
    draft.comments.push_back(
        "The decay's clock runs underneath the warmup, so the peak is never reached.");
  draft.add("lr", chain);
}

Shape k_cosine(double k) {
  if (k == 1) return cosine();
  return {"k_cosine(" + number(k) + ")", "k_cosine({}, " + number(k) + ")",
          "curve k_cosine(u, k) = havpi(u ^ k)"};
}

Shape k_polynomial(double k, double power) {
  if (k == 1) return polynomial(power);
  const std::string arguments = number(k) + ", " + number(power);
  return {"k_polynomial(" + arguments + ")", "k_polynomial({}, " + arguments + ")",
          "curve k_polynomial(u, k, power) = 1 - (1 - u ^ k) ^ power"};
}

// tanh starts a little below the peak and ends a little above the floor, so it is a formula.
void tanh_cycles(Draft& draft, const Arguments& arguments) {
  Frame frame = frame_of(arguments);
  const double low = arguments.number("lb", -7), high = arguments.number("ub", 3);
  draft.definitions.push_back(fmt::format("curve fall(u) = (1 - tanh({} * (1 - u) + {} * u)) / 2",
                                          low < 0 ? "(" + number(low) + ")" : number(low),
                                          number(high)));
  const double peak = draft.context.peak.value_or(1), floor = frame.floor.value;
  const auto phase = [&](Chain& chain, const Frame& own, double number, double origin,
                         double length) {
    const double begin = begin_of(own, number, origin),
                 reach = peak * std::pow(own.decay, number) - floor;
    const std::string place =
        begin == 0 ? "position in " + draft.context.unit.many
                   : fmt::format("(position in {} - {})", draft.context.unit.many, count(begin));
    chain.words(
        fmt::format("({}{} * fall({} / {}))", floor == 0 ? "" : import::number(floor) + " + ",
                    import::number(reach), place, count(cycle_length(own.growth, number))),
        length + (begins_late(own.growth, number + 1) ? 1 : 0));
  };
  // Without a prefix the warmup leads to what the cycle uses where it ends.
  const double top = frame.warmup.prefix ? peak : [&] {
    const double number = cycle_at(frame.growth, frame.warmup.length);
    if (number >= frame.limit) return floor;
    const double u = (frame.warmup.length - cycle_begin(frame.growth, number)) /
                     cycle_length(frame.growth, number);
    return floor + (peak * std::pow(frame.decay, number) - floor) * 0.5 *
                       (1 - std::tanh(low * (1 - u) + high * u));
  }();
  Chain chain;
  // Before the first step the rate is the optimizer's own.
  if (frame.warmup.length > 0)
    chain.ramp(linear(), frame.warmup.from, plain(top), frame.warmup.length);
  else
    chain.hold(x(1), 1);
  chain.append_rest(cycles_said(frame, phase), chain.closed());
  draft.add("lr", chain);
}

// --- steps

void stairs(Draft& draft, const Arguments& arguments) {
  const double every = arguments.number("decay_t"), rate = arguments.number("decay_rate", 1);
  const Warmup warmup = warmup_of(arguments, true);
  Chain chain = risen(warmup);
  // Underneath the warmup some stairs may have passed.
  const double passed = warmup.prefix ? 0 : std::floor(warmup.length / every);
  const double left = warmup.prefix ? 0 : (passed + 1) * every - warmup.length;
  const Level now = x(std::pow(rate, passed));
  if (left > 0 && left < every) {
    chain.hold(now, left);
    chain.stairs(rate, every, x(std::pow(rate, passed + 1)));
  } else {
    chain.stairs(rate, every, now);
  }
  draft.add("lr", chain);
}

// A milestone acts one epoch early.
void multistep(Draft& draft, const Arguments& arguments) {
  const Warmup warmup = warmup_of(arguments, true);
  const double rate = arguments.number("decay_rate", 1), origin = warmup.prefix ? warmup.length : 0;
  std::vector<double> at;
  double passed = 0;
  for (const double milestone : arguments.numbers("decay_t")) {
    // Before the first step the rate is the optimizer's own.
    const double first = warmup.length == 0 ? 1 : 0,
                 position = std::max(std::ceil(origin + milestone - 1), first);
    if (position < warmup.length)
      passed += 1;
    else
      at.push_back(position);
  }
  std::sort(at.begin(), at.end());
  Chain chain = risen(warmup);
  chain.jumps(rate, at, x(std::pow(rate, passed)));
  draft.comments.push_back(
      "A milestone acts one epoch early, counted behind the warmup unless `warmup_prefix` is "
      "False.");
  draft.add("lr", chain);
}

// --- warmup, stable, decay

Shape decay_shape(const Arguments& arguments) {
  const std::string name =
      arguments.choice("decay_fn", "1-sqrt", {"linear", "1-sqrt", "cosine", "power", "exp"});
  const double power = arguments.number("decay_power", 0.5),
               ratio = arguments.number("decay_ratio", 0.1);
  if (name == "1-sqrt") return named("sqrt");
  if (name == "power")
    return {"raised(" + number(power) + ")", "raised({}, " + number(power) + ")",
            "curve raised(u, power) = u ^ power"};
  if (name == "exp")
    return {"fading(" + number(ratio) + ")", "fading({}, " + number(ratio) + ")",
            "curve fading(u, r) = (1 - r ^ u) / (1 - r)"};
  return named(name);
}

void stable(Draft& draft, const Arguments& arguments) {
  const double total = arguments.number("t_initial"), decay = arguments.number("decay_t");
  const Warmup warmup{arguments.number("warmup_t", 0), plain(arguments.number("warmup_lr_init", 0)),
                      true};
  const Level floor = plain(arguments.number("lr_min", 0));
  const std::string kind =
      arguments.choice("stable_fn", "constant", {"constant", "rsqrt", "power"});
  const double scale = arguments.number("stable_timescale", warmup.length),
               power = arguments.number("stable_power", 0.5);
  if (arguments.has("decay_fn") && !arguments.any("decay_fn").is_string())
    refuse_code("WSDLRScheduler decays by a Python function",
                "name one of its own functions, or write a `curve`");
  const Shape shape = decay_shape(arguments);
  Chain chain = risen(warmup);
  if (kind == "constant") {
    draft.set_run(warmup.length + total);
    chain.hold(x(1), total - decay);
    chain.ramp(shape, x(1), floor, decay);
    return draft.add("lr", chain);
  }
  const std::string unit = draft.context.unit.many;
  const std::string since = warmup.length == 0
                                ? "position in " + unit
                                : fmt::format("(position in {} - {})", unit, count(warmup.length));
  const std::string flat =
      fmt::format("{} * (1 + {} / {}) ^ (-{})", number(draft.context.peak.value_or(1)), since,
                  count(scale), number(kind == "rsqrt" ? 0.5 : power));
  const std::string kept = fmt::format("max({}, {})", flat, number(floor.value));
  const double tail = warmup.length + total - decay;
  const std::string u = fmt::format("(position in {} - {}) / {}", unit, count(tail), count(decay));
  if (!shape.definition.empty()) draft.definitions.push_back(shape.definition);
  chain.words("(" + kept + ", sample start)", total - decay);
  chain.words(fmt::format("({} + ({} - {}) * (1 - {}))", number(floor.value), kept,
                          number(floor.value), fmt::format(fmt::runtime(shape.call), u)),
              decay);
  chain.hold(floor);
  draft.add("lr", chain);
}

void plateau(Draft& draft, const Arguments& arguments) {
  Plateau rule;
  rule.falls = arguments.choice("mode", "max", {"min", "max"}) == "min";
  rule.factor = arguments.number("decay_rate", 0.1);
  rule.patience = arguments.whole("patience_t", rule.patience);
  rule.threshold = arguments.number("threshold", rule.threshold);
  rule.cooldown = arguments.whole("cooldown_t", 0);
  rule.floor = arguments.number("lr_min", 0);
  const Warmup warmup{arguments.number("warmup_t", 0), plain(arguments.number("warmup_lr_init", 0)),
                      true};
  Chain chain = risen(warmup);
  chain.hold(x(1));
  draft.add("lr", chain);
  if (warmup.length > 0) {
    rule.after = ", after " + length(warmup.length + 1, draft.context.unit);
    draft.comments.push_back("The metrics up to the one after the warmup are not looked at.");
  }
  add_plateau(draft, rule);
}

void refuse_noise(const Arguments& arguments) {
  if (arguments.has("noise_range_t"))
    refuse_code("timm adds noise from torch's generator of random numbers",
                "leave `noise_range_t` out, or multiply by `noise(seed: 42)`, which is a generator "
                "of our own");
  arguments.ignore(
      {"noise_pct", "noise_std", "noise_seed", "noise_type", "initialize", "t_in_epochs"});
}

}  // namespace

Draft timm(const Case& given) {
  const Arguments arguments(given.arguments(), called(given.arguments(), "cls", "the scheduler"));
  const std::string name = arguments.choice("cls", "", classes);
  refuse_noise(arguments);
  Draft draft;
  draft.set_peak(given.learning_rate());
  if (arguments.flag("t_in_epochs", true)) {
    draft.context.unit = epochs;
    draft.facts.push_back("1 epoch = 1 step");
  }
  if (name == "CosineLRScheduler")
    add_cycles(draft, frame_of(arguments), k_cosine(arguments.number("k_decay", 1)));
  else if (name == "PolyLRScheduler")
    add_cycles(draft, frame_of(arguments),
               k_polynomial(arguments.number("k_decay", 1), arguments.number("power", 0.5)));
  else if (name == "TanhLRScheduler")
    tanh_cycles(draft, arguments);
  else if (name == "StepLRScheduler")
    stairs(draft, arguments);
  else if (name == "MultiStepLRScheduler")
    multistep(draft, arguments);
  else if (name == "WSDLRScheduler")
    stable(draft, arguments);
  else
    plateau(draft, arguments);
  arguments.finish();
  return draft;
}

}  // namespace lrc::import
