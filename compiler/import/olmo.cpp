// OLMo-core. The trainer counts an update, or its tokens, before it sets the rate: all is read at
// the end of an update, and a place that ends two parts belongs to the first of them.

#include <algorithm>
#include <cmath>
#include <functional>

#include <fmt/format.h>

#include "compiler/import/families.h"

namespace lrc::import {
namespace {

const std::vector<std::string> classes = {"ComposableScheduler",
                                          "ConstantScheduler",
                                          "ConstantWithWarmup",
                                          "CosWithWarmup",
                                          "CosWithWarmupAndLinearDecay",
                                          "ExponentialScheduler",
                                          "HalfCosWithWarmup",
                                          "InvSqrtWithWarmup",
                                          "LinearWithWarmup",
                                          "PowerLR",
                                          "SequentialScheduler",
                                          "WSD",
                                          "WSDS"};

constexpr double pi = 3.141592653589793;

// A formula in updates of `per` of the count, whose start lies `shift` behind that of the run.
using FormulaWords = std::function<std::string(double per, const Unit& unit, double shift)>;

// A stretch of the schedule in the peer's count.
struct Stretch {
  double begin = 0;
  std::optional<double> end;  // of what it owns; none: all the rest
  double span = 0;            // where its ramp ends
  double ramp_begin = 0;
  Shape shape;  // none: a formula or a level that holds
  Level from, to;
  FormulaWords words;                   // of a formula
  double shift = 0;                     // of the count that the formula is told in
  std::function<double(double)> value;  // what it uses at a count, for who goes on from it
  bool next_owns_end = false;
  std::string length_words;
};
using Stretches = std::vector<Stretch>;

struct Run {
  double rate;  // that shares are of
  double t_max;
  Unit unit;
  bool whole = true;  // lengths may be said as shares of the run
};

Level scaled(Level base, double factor) { return {base.value * factor, base.share}; }
double value_of(Level level, const Run& run) {
  return level.share ? level.value * run.rate : level.value;
}

double shape_value(const std::string& words, double u) {
  if (words == "cosine") return (1 - std::cos(pi * u)) / 2;
  if (words == "reversed quarter_cosine") return std::sin(pi * u / 2);
  return u;
}

void ramp(Stretches& stretches, const Run& run, const Shape& shape, Level from, Level to,
          double begin, double end, double ramp_begin, double span,
          const std::string& length_words = "") {
  if (end <= begin) return;
  Stretch stretch{begin, end, span, ramp_begin, shape, from, to, {}, 0, {}, false, length_words};
  const double a = value_of(from, run), b = value_of(to, run);
  stretch.value = [a, b, ramp_begin, span, words = shape.words](double at) {
    const double u = std::clamp((at - ramp_begin) / (span - ramp_begin), 0.0, 1.0);
    return a + (b - a) * shape_value(words, u);
  };
  stretches.push_back(std::move(stretch));
}

void hold(Stretches& stretches, const Run& run, Level level, double begin,
          std::optional<double> end) {
  if (end && *end <= begin) return;
  Stretch stretch;
  stretch.begin = begin;
  stretch.end = end;
  stretch.to = level;
  stretch.value = [value = value_of(level, run)](double) { return value; };
  stretches.push_back(std::move(stretch));
}

void words(Stretches& stretches, FormulaWords text, std::function<double(double)> value,
           double begin, std::optional<double> end) {
  if (end && *end <= begin) return;
  Stretch stretch;
  stretch.begin = begin;
  stretch.end = end;
  stretch.words = std::move(text);
  stretch.value = std::move(value);
  stretches.push_back(std::move(stretch));
}

// A length, or a share of the whole that Python's round() makes whole.
struct Length {
  double value;
  std::string words;
};
Length length_of(const Arguments& arguments, const std::string& name, double whole, const Run& run,
                 std::optional<double> otherwise = std::nullopt) {
  auto given = arguments.maybe(name);
  if (!given) given = arguments.maybe(name + "_steps");
  arguments.ignore({name + "_fraction", name + "_steps"});
  if (given) return {*given, ""};
  const double fraction = otherwise ? arguments.number(name + "_fraction", *otherwise)
                                    : arguments.number(name + "_fraction");
  const double product = whole * fraction, rounded = std::nearbyint(product);
  if (!run.whole || whole != run.t_max) return {rounded, ""};
  return {rounded,
          percent(fraction) + (product == rounded ? "" : " rounded to even of the float product")};
}

struct Warmup {
  Length length;
  Level from;
};
Warmup warmup_of(const Arguments& arguments, double whole, const Run& run) {
  return {length_of(arguments, "warmup", whole, run), plain(arguments.number("warmup_min_lr", 0))};
}
void add_warmup(Stretches& stretches, const Run& run, const Warmup& warmup, Level to, double cut) {
  ramp(stretches, run, linear(), warmup.from, to, 0, std::min(warmup.length.value, cut), 0,
       warmup.length.value, warmup.length.words);
}

constexpr double endless = 1e300;

// The linear tail of WSD and others; the peer goes on below the floor behind it.
void add_tail(Stretches& stretches, const Run& run, Level from, Level to, double begin,
              double t_max, const Length& decay) {
  ramp(stretches, run, linear(), from, to, begin, t_max, t_max - decay.value, t_max,
       begin == t_max - decay.value ? decay.words : "");
  hold(stretches, run, to, t_max, std::nullopt);
}

Stretches wsd(const Arguments& arguments, const Run& run, Level base) {
  const Warmup warmup = warmup_of(arguments, run.t_max, run);
  const Length decay = length_of(arguments, "decay", run.t_max, run, 0.1);
  Stretches stretches;
  add_warmup(stretches, run, warmup, base, endless);
  const double begin = std::max(warmup.length.value, run.t_max - decay.value);
  hold(stretches, run, base, warmup.length.value, begin);
  add_tail(stretches, run, base, plain(arguments.number("decay_min_lr", 0)), begin, run.t_max,
           decay);
  return stretches;
}

// Where an update is read, in the count of a part that begins at `shift`.
std::string position(const Unit& unit, double shift) {
  if (shift == 0) return "position in " + unit.many;
  return fmt::format("(position in {} - {})", unit.many, count(shift));
}

Stretches power(const Arguments& arguments, const Run& run, Level base) {
  Context context;
  context.peak = run.rate;
  const Warmup warmup = warmup_of(arguments, run.t_max, run);
  const Length decay = length_of(arguments, "decay", run.t_max, run, 0.1);
  const double exponent = arguments.number("b", -0.51), w = warmup.length.value;
  const double begin = std::max(w, run.t_max - decay.value), peak = value_of(base, run);
  Stretches stretches;
  add_warmup(stretches, run, warmup, base, endless);
  words(
      stretches,
      [=](double per, const Unit& unit, double shift) {
        const double scale = w / per;
        if (scale == std::floor(scale))
          return fmt::format("power {} timescale {}", number(exponent),
                             import::length(scale, unit));
        return fmt::format("({} * ({} / {}) ^ ({}))", level(base, context),
                           position(unit, shift / per), number(scale), number(exponent));
      },
      [=](double at) { return peak * std::pow(at / w, exponent); }, w, begin);
  const Level from = scaled(base, std::pow((run.t_max - decay.value) / w, exponent));
  add_tail(stretches, run, from, plain(arguments.number("decay_min_lr", 0)), begin, run.t_max,
           decay);
  return stretches;
}

// A line, a cosine, or its second half, over what the warmup leaves.
Stretches descent(const Arguments& arguments, const Run& run, Level base, const Shape& shape,
                  double top) {
  const double t_max = arguments.number("t_max", run.t_max),
               alpha = arguments.number("alpha_f", 0.1);
  const Warmup warmup = warmup_of(arguments, t_max, run);
  const Level peak = scaled(base, alpha + (1 - alpha) * top), floor = scaled(base, alpha);
  Stretches stretches;
  add_warmup(stretches, run, warmup, peak, endless);
  const double begin = warmup.length.value;
  if (!stretches.empty()) stretches.back().next_owns_end = begin >= t_max;
  ramp(stretches, run, shape, peak, floor, begin, t_max, begin, t_max);
  hold(stretches, run, floor, std::max(begin, t_max), std::nullopt);
  return stretches;
}

Stretches inverse_sqrt(const Arguments& arguments, const Run& run, Level base) {
  const double alpha = arguments.number("alpha_f", 0.1);
  const Warmup warmup = warmup_of(arguments, run.t_max, run);
  const double w = warmup.length.value, low = value_of(scaled(base, alpha), run),
               high = value_of(base, run);
  Stretches stretches;
  add_warmup(stretches, run, warmup, base, endless);
  const auto value = [=](double at) { return low + (high - low) * std::sqrt(w / at); };
  const Level left = base.share ? x(base.value * (1 - alpha)) : plain(high - low);
  Context context;
  context.peak = run.rate;
  if (w == 0)
    hold(stretches, run, scaled(base, alpha), 0, std::nullopt);
  else
    words(
        stretches,
        [=, floor = scaled(base, alpha)](double per, const Unit& unit, double shift) {
          const std::string fall = fmt::format("{} * sqrt({} / {})", level(left, context),
                                               count(w / per), position(unit, shift / per));
          return floor.value == 0 ? "(" + fall + ")"
                                  : fmt::format("({} + {})", level(floor, context), fall);
        },
        value, w, std::nullopt);
  return stretches;
}

double final_value(const Stretches& stretches, double at) {
  for (const Stretch& stretch : stretches)
    if (!stretch.end || at <= *stretch.end) return stretch.value(at);
  return stretches.back().value(at);
}

// What is used at a place, by the part that owns it.
double value_at(const Stretches& stretches, double at) {
  for (std::size_t i = 1; i < stretches.size(); ++i)
    if (stretches[i].begin == at && stretches[i - 1].next_owns_end) return stretches[i].value(at);
  return final_value(stretches, at);
}

void cut(Stretches& stretches, double end) {
  std::erase_if(stretches, [end](const Stretch& stretch) { return stretch.begin >= end; });
  if (!stretches.empty() && (!stretches.back().end || *stretches.back().end > end)) {
    stretches.back().end = end;
    stretches.back().length_words.clear();
  }
}

void append(Stretches& stretches, Stretches later, double shift) {
  for (Stretch& stretch : later) {
    stretch.begin += shift;
    if (stretch.end) stretch.end = *stretch.end + shift;
    stretch.ramp_begin += shift;
    stretch.span += shift;
    stretch.shift += shift;
    stretch.value = [inner = stretch.value, shift](double at) { return inner(at - shift); };
    stretches.push_back(std::move(stretch));
  }
}

Stretches cosine_with_tail(const Arguments& arguments, const Run& run, Level base) {
  const Length decay = length_of(arguments, "decay", run.t_max, run, 0.1);
  const double begin = run.t_max - decay.value;
  Stretches stretches = descent(arguments, run, base, cosine(), 1);
  const double handed = final_value(stretches, begin);
  cut(stretches, begin);
  const Level from = base.share ? x(handed / run.rate) : plain(handed);
  add_tail(stretches, run, from, plain(arguments.number("decay_min_lr", 0)), begin, run.t_max,
           decay);
  return stretches;
}

// Periods that end in a decay each; a period starts at its peak again.
Stretches periods(const Arguments& arguments, const Run& run, Level base) {
  const std::vector<double> lengths = arguments.numbers("period_lengths");
  std::vector<double> factors(lengths.size(), 1);
  if (arguments.has("period_lr_multipliers")) factors = arguments.numbers("period_lr_multipliers");
  if (lengths.empty() || factors.size() != lengths.size())
    refuse_value("period_lr_multipliers", arguments.any("period_lr_multipliers"),
                 "one for each period is needed");
  Run parts = run;
  parts.whole = false;
  const Warmup warmup = warmup_of(arguments, lengths[0], parts);
  const Level floor = plain(arguments.number("decay_min_lr", 0));
  Stretches stretches;
  add_warmup(stretches, run, warmup, scaled(base, factors[0]), endless);
  double begin = warmup.length.value, end = 0;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    end += lengths[i];
    const double decay = length_of(arguments, "decay", lengths[i], parts).value;
    hold(stretches, run, scaled(base, factors[i]), begin, end - decay);
    ramp(stretches, run, linear(), scaled(base, factors[i]), floor, end - decay, end, end - decay,
         end);
    begin = end;
  }
  hold(stretches, run, floor, end, std::nullopt);
  return stretches;
}

Level level_of(const Arguments& arguments, const std::string& name, Level base) {
  const auto absolute = arguments.maybe(name), share = arguments.maybe(name + "_fraction");
  return absolute ? plain(*absolute) : share ? scaled(base, *share) : plain(arguments.number(name));
}

// From its start a decay of its own takes the place of what would come.
void override_from(Stretches& stretches, const Arguments& arguments, const Run& run, Level base) {
  if (!arguments.has("override_decay")) return;
  const Arguments decay(arguments.any("override_decay"), "OverrideDecay");
  decay.ignore({"cls"});
  const double begin = decay.number("start"), end = begin + decay.number("duration");
  const double handed = value_at(stretches, begin);
  const Level to = level_of(decay, "end_lr", base);
  cut(stretches, begin);
  ramp(stretches, run, named(decay.choice("shape", "linear", {"linear", "cosine"})),
       x(handed / run.rate), to, begin, end, begin, end);
  hold(stretches, run, to, end, std::nullopt);
  decay.finish();
}

Stretches composed(const Arguments& arguments, const Run& run, Level base) {
  Stretches stretches;
  double begin = 0;
  Level before = base;
  for (const Json& spec : arguments.list("stages")) {
    const Arguments stage(spec, "ComposableSchedulerStage");
    stage.ignore({"cls"});
    const double end = begin + stage.number("duration");
    const bool starts = stage.has("start_lr") || stage.has("start_lr_fraction");
    const Level from = starts ? level_of(stage, "start_lr", base) : before,
                to = level_of(stage, "end_lr", base);
    if (!stretches.empty()) stretches.back().next_owns_end = !same(from, before);
    ramp(stretches, run, named(stage.choice("shape", "linear", {"linear", "cosine"})), from, to,
         begin, end, begin, end);
    stage.finish();
    begin = end;
    before = to;
  }
  hold(stretches, run, before, begin, std::nullopt);
  override_from(stretches, arguments, run, base);
  return stretches;
}

Stretches scheduler(const Json& spec, const Run& run, Level base);

// Each part has its own count and horizon, and the last value of the one before as its peak.
Stretches sequence(const Arguments& arguments, const Run& run, Level base) {
  const Json& specs = arguments.list("schedulers");
  std::vector<double> ends = arguments.numbers(
      arguments.has("schedulers_max") ? "schedulers_max" : "schedulers_max_steps");
  arguments.ignore({"schedulers_max_steps"});
  if (ends.size() == specs.size()) ends.pop_back();
  if (ends.size() + 1 != specs.size())
    refuse_value("schedulers_max", arguments.any("schedulers_max"),
                 "one for each scheduler but the last is needed");
  Stretches stretches;
  double begin = 0;
  Level peak = base;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const bool last = i == ends.size();
    Run own = run;
    own.t_max = last ? run.t_max - begin : std::min(run.t_max - begin, ends[i]);
    own.whole = false;
    Stretches part = scheduler(specs[i], own, peak);
    if (!last) {
      own.t_max = ends[i];
      const double handed = final_value(scheduler(specs[i], own, peak), ends[i]);
      if (handed != value_of(peak, run)) peak = x(handed / run.rate);
      cut(part, ends[i]);
    }
    append(stretches, std::move(part), begin);
    if (!last) begin += ends[i];
  }
  override_from(stretches, arguments, run, base);
  return stretches;
}

Stretches exponential(const Arguments& arguments, const Run& run, Level base) {
  Stretches stretches;
  const double low = arguments.number("lr_min", 1e-9);
  const double high = value_of(base, run);
  ramp(stretches, run, named("exponential"), plain(low), base, 0, run.t_max, 0, run.t_max);
  stretches.back().value = [=, end = run.t_max](double at) {
    return low * std::pow(high / low, std::min(at / end, 1.0));
  };
  hold(stretches, run, base, run.t_max, std::nullopt);
  return stretches;
}

Stretches constant(const Arguments& arguments, const Run& run, Level base, bool warms) {
  Stretches stretches;
  double begin = 0;
  if (warms) {
    const Warmup warmup = warmup_of(arguments, run.t_max, run);
    add_warmup(stretches, run, warmup, base, endless);
    begin = warmup.length.value;
  }
  hold(stretches, run, base, begin, std::nullopt);
  return stretches;
}

Stretches stretches_of(const std::string& name, const Arguments& arguments, const Run& run,
                       Level base) {
  if (name == "ConstantScheduler" || name == "ConstantWithWarmup")
    return constant(arguments, run, base, name == "ConstantWithWarmup");
  if (name == "WSD") return wsd(arguments, run, base);
  if (name == "PowerLR") return power(arguments, run, base);
  if (name == "LinearWithWarmup") return descent(arguments, run, base, linear(), 1);
  if (name == "CosWithWarmup") return descent(arguments, run, base, cosine(), 1);
  if (name == "HalfCosWithWarmup") {
    const Shape shape{"reversed quarter_cosine", "sinpi(({}) / 2)"};
    return descent(arguments, run, base, shape, 0.5);
  }
  if (name == "CosWithWarmupAndLinearDecay") return cosine_with_tail(arguments, run, base);
  if (name == "InvSqrtWithWarmup") return inverse_sqrt(arguments, run, base);
  if (name == "ExponentialScheduler") return exponential(arguments, run, base);
  if (name == "WSDS") return periods(arguments, run, base);
  if (name == "ComposableScheduler") return composed(arguments, run, base);
  return sequence(arguments, run, base);
}

Stretches scheduler(const Json& spec, const Run& run, Level base) {
  if (!spec.is_object()) refuse_value("schedulers", spec, "a list of objects with `cls` is needed");
  const Arguments arguments(spec, called(spec, "cls", "the scheduler"));
  const std::string name = arguments.choice("cls", "", classes);
  arguments.ignore({"units", "lr_field", "initial_lr_field"});
  Stretches stretches = stretches_of(name, arguments, run, base);
  arguments.finish();
  return stretches;
}

// Whether each part begins with an update.
bool aligned(const Stretches& stretches, double per) {
  return std::none_of(stretches.begin(), stretches.end(), [per](const Stretch& stretch) {
    return stretch.next_owns_end || (stretch.end && std::fmod(*stretch.end, per) != 0);
  });
}

// The phases, in the peer's count or in updates of `per` each. A part owns the updates that end in
// it.
Chain chain_of(const Stretches& stretches, double per, const Context& context) {
  Chain chain;
  for (const Stretch& stretch : stretches) {
    std::optional<double> length;
    if (stretch.end) {
      const double end = *stretch.end / per;
      length = (stretch.next_owns_end ? std::ceil(end) - 1
                : per == 1            ? end
                                      : std::floor(end)) -
               chain.closed();
    }
    if (stretch.words)
      chain.words(stretch.words(per, context.unit, stretch.shift), length);
    else if (stretch.shape.words.empty())
      chain.hold(stretch.to, length);
    else
      chain.ramp_part(stretch.shape, stretch.from, stretch.to, stretch.ramp_begin / per,
                      stretch.span / per, *length,
                      per == 1 && context.run ? stretch.length_words : "");
  }
  return chain;
}

void add_run(Draft& draft, const Case& given, const Stretches& stretches, double per) {
  const bool in_run = std::any_of(stretches.begin(), stretches.end(), [&](const Stretch& stretch) {
    return stretch.end == given.facts().number("t_max");
  });
  if (in_run) draft.set_run(given.facts().number("t_max") / per);
}

}  // namespace

Draft olmo(const Case& given) {
  const Arguments facts = given.facts();
  const double per = facts.number("tokens_per_step", 1), t_max = facts.number("t_max");
  Run run{given.learning_rate(), t_max, per == 1 ? steps : tokens};
  Stretches stretches = scheduler(given.arguments(), run, x(1));
  const bool in_tokens = per != 1 && aligned(stretches, per) && std::fmod(t_max, per) == 0;
  Draft draft;
  draft.set_peak(given.learning_rate());
  if (in_tokens) {
    draft.context.unit = tokens;
    draft.facts.push_back(fmt::format("batch {} per step", length(per, tokens)));
  } else if (per != 1) {
    draft.comments.push_back(
        fmt::format("In updates of {}: not every part begins with one.", length(per, tokens)));
  }
  add_run(draft, given, stretches, in_tokens ? 1 : per);
  Chain chain = chain_of(stretches, in_tokens ? 1 : per, draft.context);
  if (draft.context.run && chain.closed() == *draft.context.run && chain.open())
    chain = chain.cut(*draft.context.run);
  draft.add("lr", chain, ", sample end");
  return draft;
}

}  // namespace lrc::import
